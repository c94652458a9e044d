# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask as a prompt: placed as the image is, or turned into a box and inner points."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright_backend.models.embedding import Geometry
from maskwright_backend.models.masks import mask_to_logits, without_mask
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_shared.geometry import Box, Point

STRETCHED = Geometry(400, 200, 1024, 1024, 1024)
PADDED = Geometry(400, 200, 1024, 512, 1024)


def left_half(width=400, height=200):
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, : width // 2] = 255
    return alpha


def test_a_stretched_models_mask_fills_the_grid():
    logits = mask_to_logits(left_half(), STRETCHED)
    assert (logits.shape, logits.dtype) == ((256, 256), np.float32)
    assert np.all(logits[:, :128] == 10)
    assert np.all(logits[:, 128:] == -10)


def test_a_padded_models_mask_lies_at_the_left_top():
    logits = mask_to_logits(left_half(), PADDED)
    assert np.all(logits[:128, :128] == 10)
    assert np.all(logits[128:] == -10)
    assert np.all(logits[:128, 128:] == -10)


def test_an_edge_inside_a_cell_keeps_its_place():
    alpha = np.zeros((1024, 1024), np.uint8)
    alpha[:, :513] = 255
    logits = mask_to_logits(alpha, Geometry(1024, 1024, 1024, 1024, 1024))
    assert logits[0, 127] == 10
    assert logits[0, 128] == pytest.approx(-10 + 20 / 4, abs=0.1)


@pytest.mark.parametrize(
    ("size", "fitted", "covered"),
    [((1, 1), (1024, 1024), (256, 256)), ((4000, 3), (1024, 1), (256, 1)), ((3, 4000), (1, 1024), (1, 256)),
     ((1600, 1067), (1024, 683), (256, 171))],
)  # fmt: skip
def test_a_full_mask_fills_every_cell_that_the_image_touches(size, fitted, covered):
    logits = mask_to_logits(np.full(size[::-1], 255, np.uint8), Geometry(*size, *fitted, 1024))
    inside = np.zeros((256, 256), bool)
    inside[: covered[1], : covered[0]] = True
    np.testing.assert_array_equal(logits, np.where(inside, 10.0, -10.0))


def cells(*rectangles):
    logits = np.full((256, 256), -4.0, np.float32)
    for x0, y0, x1, y1 in rectangles:
        logits[y0:y1, x0:x1] = 4.0
    return logits


def test_a_mask_becomes_its_box_and_deepest_point():
    prompts = without_mask(ModelPrompts(mask_input=cells((64, 32, 129, 97))), STRETCHED)
    assert prompts.box == Box(64 * 400 / 256, 32 * 200 / 256, 129 * 400 / 256, 97 * 200 / 256)
    assert prompts.points == (Point(96.5 * 400 / 256, 64.5 * 200 / 256),)
    assert prompts.mask_input is None


def test_two_parts_of_like_depth_get_a_point_each_and_a_speck_does_not():
    mask = cells((10, 10, 51, 51), (150, 150, 181, 181), (240, 10, 244, 14))
    found = without_mask(ModelPrompts(mask_input=mask), Geometry(1024, 1024, 1024, 1024, 1024)).points
    assert found == (Point(30.5 * 4, 30.5 * 4), Point(165.5 * 4, 165.5 * 4))


def test_what_the_user_drew_stays():
    mine = ModelPrompts((Point(390.0, 5.0),), Box(1, 2, 3, 4), cells((64, 32, 128, 96)))
    assert without_mask(mine, STRETCHED) == ModelPrompts(mine.points, mine.box)


def test_the_box_grows_to_hold_a_foreground_point_but_not_a_background_one():
    points = (Point(390.0, 5.0), Point(5.0, 190.0, foreground=False))
    box = without_mask(ModelPrompts(points, None, cells((64, 32, 128, 96))), STRETCHED).box
    assert box == Box(100.0, 5.0, 390.0, 75.0)


def test_in_a_padded_square_cells_are_mapped_by_the_fitted_size_and_clipped():
    box = without_mask(ModelPrompts(mask_input=cells((0, 64, 256, 160))), PADDED).box
    assert box == Box(0.0, 100.0, 400.0, 200.0)


def test_an_empty_mask_says_nothing():
    assert without_mask(ModelPrompts(mask_input=cells()), STRETCHED) == ModelPrompts()
