# SPDX-License-Identifier: GPL-3.0-or-later
"""Which candidate is shown, what is fed back, and where logits lie in the image."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright_backend.models.candidates import Candidates, placement_of
from maskwright_backend.models.embedding import Geometry
from maskwright_backend.models.families import FAMILIES
from maskwright_backend.models.placement import Placement
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_shared.geometry import Box, Point

BY_NAME = {family.name: family for family in FAMILIES}
CLICK = ModelPrompts((Point(3, 4),))
TWO = ModelPrompts((Point(3, 4), Point(5, 6, foreground=False)))
STRETCHED = Geometry(300, 200, 1024, 1024, 1024)
PADDED = Geometry(300, 200, 1024, 683, 1024)


def candidates(family, scores, logits=None):
    logits = np.zeros((len(scores), 256, 256), np.float32) if logits is None else logits
    return Candidates(logits, scores, placement_of(STRETCHED, 256, 256), BY_NAME[family])


def test_a_single_click_takes_the_best_score_whatever_was_shown():
    made = candidates("sam2", (0.5, 0.9, 0.85))
    assert made.choose(CLICK) == 1
    assert made.choose(CLICK, previous=0) == 1


@pytest.mark.parametrize(
    ("scores", "chosen"), [((0.5, 0.59, 0.4), 0), ((0.5, 0.61, 0.4), 1), ((0.5, 0.61, 0.62), 2)]
)
def test_with_more_prompts_the_shown_one_stays_unless_another_is_clearly_better(scores, chosen):
    assert candidates("sam2", scores).choose(TWO, previous=0) == chosen


@pytest.mark.parametrize(
    "prompts",
    [TWO, ModelPrompts(box=Box(0, 0, 1, 1)), ModelPrompts((Point(1, 1, foreground=False),)),
     ModelPrompts((Point(3, 4),), mask_input=np.zeros((256, 256), np.float32))],
)  # fmt: skip
def test_anything_but_a_single_click_is_steady(prompts):
    assert candidates("sam2", (0.5, 0.55, 0.4)).choose(prompts, previous=0) == 0
    assert candidates("sam2", (0.5, 0.55, 0.4)).choose(prompts) == 1


@pytest.mark.parametrize("previous", [3, 17, -1])
def test_a_candidate_that_is_not_there_counts_for_nothing(previous):
    assert candidates("sam2", (0.5, 0.55, 0.4)).choose(TWO, previous) == 1


def test_the_hq_mask_is_shown_first_and_a_chosen_one_stays():
    made = candidates("hq_sam2", (0.5, 0.9, 0.85, None))
    assert made.choose(CLICK) == 3
    assert made.choose(TWO, previous=3) == 3
    assert made.choose(TWO, previous=1) == 1


def test_feedback_is_clamped_where_the_family_says_so():
    logits = np.array([-50.0, 3.0, 99.0], np.float32)[:, None, None] * np.ones((3, 256, 256), np.float32)
    assert [candidates("sam2", (1, 1, 1), logits).feedback(index).max() for index in range(3)] == [-32, 3, 32]
    assert candidates("hq_sam", (1, 1, 1), logits).feedback(2).max() == 99


def test_feedback_of_larger_logits_is_brought_to_the_mask_inputs_size():
    logits = np.kron(np.arange(256, dtype=np.float32)[None, None, :], np.ones((1, 1024, 4), np.float32))
    fed = candidates("hq_sam", (1.0,), logits).feedback(0)
    assert fed.shape == (256, 256)
    np.testing.assert_allclose(fed[7], np.arange(256))


def test_placement():
    assert placement_of(STRETCHED, 256, 256) == Placement(((256, 300),), ((256, 200),))
    assert placement_of(PADDED, 256, 256) == Placement(((256, 1024), (1024, 300)), ((256, 1024), (683, 200)))
