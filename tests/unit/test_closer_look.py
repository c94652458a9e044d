# SPDX-License-Identifier: GPL-3.0-or-later
"""When a closer look is worth it, and at what: the window around something small in a large picture."""

import numpy as np
import pytest

from maskwright_backend.engine.closer import SMALL, mask_extent, outwards, window_for
from maskwright_backend.models.embedding import Geometry
from maskwright_shared.geometry import Bounds, Box, Point, View

WIDTH, HEIGHT = 6000, 4000
STRETCHED = Geometry(WIDTH, HEIGHT, 1024, 1024, 1024)
FITTED = Geometry(WIDTH, HEIGHT, 1024, 683, 1024)


def logits_of(x0, y0, x1, y1, geometry=STRETCHED):
    """Logits of a rectangle given in the picture's pixels."""
    logits = np.full((256, 256), -8.0, np.float32)
    dx, dy = geometry.fitted_width / 4 / geometry.width, geometry.fitted_height / 4 / geometry.height
    logits[
        int(y0 * dy) : max(int(y1 * dy), int(y0 * dy) + 1), int(x0 * dx) : max(int(x1 * dx), int(x0 * dx) + 1)
    ] = 8
    return logits


def click(x, y):
    return (Point(x, y),)


@pytest.mark.parametrize("geometry", [STRETCHED, FITTED])
def test_a_small_mask_gets_a_window_with_its_surroundings(geometry):
    window = window_for(logits_of(3000, 2000, 3200, 2150, geometry), geometry, click(3100, 2070), None, None)
    assert window.x < 2900
    assert window.right > 3300
    assert window.y < 1900
    assert window.bottom > 2250
    assert 500 < window.width < 1200
    assert Bounds(0, 0, WIDTH, HEIGHT).intersection(window) == window


def test_a_mask_in_the_corner_gets_a_window_that_ends_with_the_picture():
    window = window_for(logits_of(0, 0, 150, 150), STRETCHED, click(50, 50), None, None)
    assert (window.x, window.y) == (0, 0)
    assert Bounds(0, 0, WIDTH, HEIGHT).intersection(window) == window


def test_what_is_seen_well_enough_gets_none():
    large = SMALL * WIDTH * 1.2
    assert (
        window_for(logits_of(2000, 1000, 2000 + large, 2000), STRETCHED, click(2500, 1500), None, None)
        is None
    )
    little = Geometry(1200, 900, 1024, 1024, 1024)
    assert window_for(logits_of(10, 10, 40, 40, little), little, click(20, 20), None, None) is None


def test_an_empty_mask_in_a_small_box_is_looked_at():
    empty = np.full((256, 256), -8.0, np.float32)
    window = window_for(empty, STRETCHED, (), Box(1000, 1000, 1080, 1060), None)
    assert window.x <= 960
    assert window.right >= 1120
    assert window_for(empty, STRETCHED, (), Box(0, 0, 5000, 3000), None) is None


def test_a_click_without_a_mask_needs_the_view_to_say_how_small():
    empty = np.full((256, 256), -8.0, np.float32)
    assert window_for(empty, STRETCHED, click(3000, 2000), None, None) is None
    zoomed = View(2800, 1900, 400, 260, 1600, 1040)
    window = window_for(empty, STRETCHED, click(3000, 2000), None, zoomed)
    assert window.width < 800
    far = View(0, 0, WIDTH, HEIGHT, 1600, 1040)
    assert window_for(empty, STRETCHED, click(3000, 2000), None, far) is None


def test_a_mask_larger_than_all_that_is_shown_is_not_what_was_meant():
    sky = logits_of(0, 0, 6000, 1500)
    zoomed = View(2800, 700, 400, 260, 1600, 1040)
    window = window_for(sky, STRETCHED, click(3000, 820), None, zoomed)
    assert window is not None
    assert window.width < 800


def test_background_clicks_far_away_do_not_widen_it():
    near = window_for(logits_of(3000, 2000, 3200, 2150), STRETCHED, click(3100, 2070), None, None)
    points = (*click(3100, 2070), Point(100, 100, foreground=False))
    assert window_for(logits_of(3000, 2000, 3200, 2150), STRETCHED, points, None, None) == near


def test_a_slightly_different_mask_finds_the_same_window():
    windows = {
        window_for(logits_of(3000, 2000, 3200 + grown, 2150), STRETCHED, click(3100, 2070), None, None)
        for grown in (0, 5, 10)
    }
    assert len(windows) == 1


def test_the_pixels_that_an_extent_reaches():
    extent = mask_extent(logits_of(3000, 2000, 3200, 2150), STRETCHED)
    bounds = outwards(extent)
    assert bounds.x < extent[0] < extent[2] < bounds.right
    assert mask_extent(np.full((8, 8), -1.0, np.float32), STRETCHED) is None
