# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated people: where they click, and the boxes they draw."""

from __future__ import annotations

import numpy as np
import pytest

from training.clicks import box, hasty_box, loose_click, middle_click, rough_mask
from training.measures import boundary_f, clicks_needed, iou, lost

TRUTH = np.zeros((60, 80), bool)
TRUTH[20:40, 10:50] = True
NOTHING = np.zeros_like(TRUTH)


def test_the_first_click_lies_in_the_middle_of_the_object():
    x, y, label = middle_click(NOTHING, TRUTH)
    assert label == 1
    assert 28 <= y <= 32
    assert 18 <= x <= 42


def test_a_correction_lies_in_the_larger_wrong_region():
    answer = TRUTH.copy()
    answer[20:40, 10:14] = False
    answer[45:58, 55:75] = True
    x, y, label = middle_click(answer, TRUTH)
    assert label == 0
    assert 45 <= y < 58
    assert 55 <= x < 75


def test_nobody_clicks_where_all_is_right_or_where_nobody_can_say():
    assert middle_click(TRUTH, TRUTH) is None
    assert middle_click(NOTHING, TRUTH, TRUTH) is None


def test_loose_clicks_are_on_the_object_and_not_always_in_its_middle():
    random = np.random.default_rng(2)
    clicks = [loose_click(random, NOTHING, TRUTH) for _ in range(60)]
    assert all(TRUTH[int(y), int(x)] for x, y, _ in clicks)
    assert any(abs(y - 30) > 4 for _, y, _ in clicks)


def test_boxes_are_tight_or_loose_but_never_outside():
    random = np.random.default_rng(3)
    assert box(TRUTH).tolist() == [10, 20, 50, 40]
    boxes = np.array([hasty_box(random, TRUTH) for _ in range(60)])
    assert (boxes >= 0).all()
    assert (boxes <= [80, 60, 80, 60]).all()
    assert (boxes == box(TRUTH)).all(1).any()
    assert (boxes[:, 0] < 7).any()


def test_a_rough_mask_is_near_the_truth_but_not_the_truth():
    random = np.random.default_rng(4)
    masks = [rough_mask(random, TRUTH) for _ in range(20)]
    assert any((mask != TRUTH).any() for mask in masks)
    assert np.mean([iou(mask, TRUTH, NOTHING) for mask in masks]) > 0.4


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (1, 1.0), (2, 1.0), (6, 0.7)])
def test_the_boundary_is_forgiven_two_pixels(shift, expected):
    moved = np.roll(TRUTH, shift, 1)
    assert boundary_f(moved, TRUTH) == pytest.approx(expected, abs=0.15)


def test_clicks_are_counted_and_losses_are_seen():
    assert clicks_needed([0.5, 0.8, 0.9]) == 3
    assert clicks_needed([0.5, 0.6]) == 2
    assert lost([0.9, 0.8])
    assert not lost([0.8, 0.78, 0.9])
