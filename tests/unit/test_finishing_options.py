# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mask option on drawn shapes, with numbers that can be checked by hand."""

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.unit.finishing_scenes import of_image, pasted, star, stretched

from maskwright_backend.finishing.finish import finish
from maskwright_backend.finishing.stability import stability
from maskwright_backend.models.placement import Placement
from maskwright_shared.errors import Cancelled
from maskwright_shared.geometry import Bounds, Point, View
from maskwright_shared.messages import MaskOptions


def made(shape, points=(), view=None, **options):
    logits, placement = of_image(shape)
    return finish(logits, placement, shape.shape[::-1], MaskOptions(**options), points, view=view)


def rectangles(*sides, size=(120, 100)):
    """A mask of width x height pixels in which x0, y0, x1, y1 rectangles are set."""
    shape = np.zeros(size[::-1], bool)
    for x0, y0, x1, y1 in sides:
        shape[y0:y1, x0:x1] = True
    return shape


SQUARE = rectangles((40, 30, 60, 50))
TWO_AND_A_SPECK = rectangles((10, 10, 40, 40), (60, 10, 80, 30), (100, 80, 104, 83))


def test_a_drawn_square_comes_back():
    assert made(SQUARE, edge="hard").bounds == Bounds(40, 30, 20, 20)
    assert made(SQUARE, edge="hard").area == 400


@pytest.mark.parametrize("edge", ["hard", "soft"])
@pytest.mark.parametrize("grow", [1, 3, 10])
def test_grow_moves_the_sides_and_rounds_the_corners(grow, edge):
    mask = made(SQUARE, grow=grow, edge=edge)
    assert mask.bounds == Bounds(40 - grow, 30 - grow, 20 + 2 * grow, 20 + 2 * grow)
    expected = 400 + 4 * 20 * grow + np.pi * grow**2
    assert mask.area == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("edge", ["hard", "soft"])
def test_shrink_moves_the_sides(edge):
    assert made(SQUARE, grow=-4, edge=edge).bounds == Bounds(44, 34, 12, 12)
    assert made(SQUARE, grow=-4, edge=edge).area == 144
    assert made(SQUARE, grow=-10.5, edge=edge).bounds == Bounds(0, 0, 0, 0)


def test_grow_by_a_part_of_a_pixel_grades_the_edge():
    row = pasted(made(SQUARE, grow=2.25))[40]
    assert list(row[35:40]) == [0, 0, 64, 255, 255]
    row = pasted(made(SQUARE, grow=-2.25))[40]
    assert list(row[38:44]) == [0, 0, 0, 0, 191, 255]


@pytest.mark.parametrize("degrees", [0, 17, 45, 80])
@pytest.mark.parametrize("grow", [-7.5, -0.5, 0.75, 7.5])
def test_grow_moves_a_slanted_edge_by_its_length(degrees, grow):
    nx, ny = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    y, x = np.mgrid[:256, :256] + 0.5
    logits = ((128.3 - x) * nx + (127.6 - y) * ny).astype(np.float32)
    mask = finish(logits, stretched(256, 256), (256, 256), MaskOptions(grow=grow))
    fine_y, fine_x = np.mgrid[100 * 8 : 150 * 8, 100 * 8 : 150 * 8] / 8 + 1 / 16
    truth = ((128.3 - fine_x) * nx + (127.6 - fine_y) * ny > -grow).reshape(50, 8, 50, 8).mean(axis=(1, 3))
    assert np.abs(pasted(mask)[100:150, 100:150] / 255 - truth).max() < 0.3


def test_shrink_leaves_what_the_image_cuts_off():
    mask = made(rectangles((0, 0, 50, 100)), grow=-5, edge="hard")
    assert mask.bounds == Bounds(0, 0, 45, 100)


@pytest.mark.parametrize("sigma", [1.0, 4.0, 15.0])
def test_feather_is_a_gaussian_across_a_straight_edge(sigma):
    half = rectangles((0, 0, 150, 40), size=(300, 40))
    row = pasted(made(half, feather=sigma))[20] / 255
    step = (np.arange(300) < 150).astype(float)
    reach = np.arange(-100, 101)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    expected = np.convolve(np.pad(step, 100, mode="edge"), kernel / kernel.sum(), mode="valid")
    assert np.abs(row - expected).max() < 0.012


def test_feather_with_a_hard_edge_rounds_the_corners_only():
    mask = made(SQUARE, feather=2, edge="hard")
    assert set(np.unique(mask.alpha)) == {0, 255}
    assert mask.bounds == Bounds(40, 30, 20, 20)
    assert 380 < mask.area < 400


def test_fill_holes_up_to_an_area():
    shape = rectangles((10, 10, 110, 90))
    shape[20:30, 20:30] = False
    shape[50:53, 50:53] = False
    assert made(shape, edge="hard").area == 8000 - 100 - 9
    assert made(shape, edge="hard", fill_holes=20).area == 8000 - 100
    assert made(shape, edge="hard", fill_holes=-1).area == 8000


def test_what_reaches_the_border_is_no_hole():
    bay = rectangles((0, 0, 120, 100))
    bay[0:40, 50:60] = False
    assert made(bay, edge="hard", fill_holes=-1).area == 12000 - 400


def test_drop_islands_up_to_an_area():
    assert made(TWO_AND_A_SPECK, edge="hard").area == 900 + 400 + 12
    assert made(TWO_AND_A_SPECK, edge="hard", drop_islands=12).area == 900 + 400
    assert made(TWO_AND_A_SPECK, edge="hard", drop_islands=450).area == 900
    assert made(TWO_AND_A_SPECK, edge="hard", drop_islands=5000).area == 900  # the largest part stays


def test_keep_largest_and_clicked():
    assert made(TWO_AND_A_SPECK, edge="hard", keep="largest").bounds == Bounds(10, 10, 30, 30)
    small, speck = Point(70.5, 20.5), Point(102, 81)
    assert made(TWO_AND_A_SPECK, [small], edge="hard", keep="clicked").bounds == Bounds(60, 10, 20, 20)
    assert made(TWO_AND_A_SPECK, [small, speck], edge="hard", keep="clicked").area == 412
    beside = [Point(50, 50), Point(20, 20, foreground=False)]
    assert made(TWO_AND_A_SPECK, beside, edge="hard", keep="clicked").area == 900 + 400 + 12


def test_parts_that_meet_at_a_corner_follow_the_saddle():
    touching = rectangles((10, 10, 30, 30), (30, 30, 40, 40))
    logits, placement = of_image(touching)
    for strength, area in ((0.5, 500), (1.5, 400)):
        apart = np.where(touching, np.float32(1), np.float32(-strength))
        mask = finish(apart, placement, (120, 100), MaskOptions(edge="hard", keep="largest"))
        assert mask.area == area
    assert logits.max() == 1


def test_an_island_inside_a_hole_goes_with_it():
    shape = rectangles((10, 10, 90, 90))
    shape[30:60, 30:60] = False
    shape[40:44, 40:44] = True
    mask = made(shape, edge="hard", drop_islands=20, fill_holes=899)
    assert mask.area == 6400 - 900
    assert made(shape, edge="hard", drop_islands=20, fill_holes=900).area == 6400


def test_padding_takes_no_part():
    logits = np.full((256, 256), -1, np.float32)
    logits[:128, 128:] = 1
    logits[180:, :] = 5
    placement = Placement(((256, 1024), (1024, 200)), ((256, 1024), (640, 125)))
    mask = finish(logits, placement, (200, 125), MaskOptions(edge="hard", keep="largest"))
    assert mask.bounds == Bounds(100, 0, 100, 100)
    assert stability(logits, placement) == 0
    assert stability(logits * 2, placement) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"grow": 12.0},
        {"grow": -12.0},
        {"feather": 9.0},
        {"grow": 20.0, "feather": 30.0},
        {"keep": "largest", "fill_holes": -1, "drop_islands": 200},
    ],
)
def test_a_preview_agrees_with_the_full_mask(options):
    size = (1200, 900)
    logits, placement = star(noise=0.02), stretched(*size)
    full = pasted(finish(logits, placement, size, MaskOptions(**options)))
    half = finish(logits, placement, size, MaskOptions(**options), view=View(0, 0, 1200, 900, 600, 450))
    means = full.reshape(450, 2, 600, 2).mean(axis=(1, 3))
    assert np.abs(pasted(half) - means).mean() < 0.6
    part = finish(logits, placement, size, MaskOptions(**options), view=View(300, 200, 300, 200, 300, 200))
    difference = np.abs(pasted(part).astype(int) - full[200:400, 300:600])
    assert difference.max() <= 6


def test_a_zoomed_preview_with_a_wide_margin_agrees():
    size, options = (1200, 900), MaskOptions(grow=100, feather=60)
    logits, placement = star(), stretched(*size)
    full = pasted(finish(logits, placement, size, options))
    view = View(300, 100, 100, 80, 800, 640)
    preview = pasted(finish(logits, placement, size, options, view=view))
    means = preview.reshape(80, 8, 100, 8).mean(axis=(1, 3))
    assert np.abs(means - full[100:180, 300:400]).max() < 8


def test_all_options_on_an_empty_mask():
    options = MaskOptions(
        grow=5, feather=5, fill_holes=-1, drop_islands=9, keep="largest", threshold=1.0, edge="hard"
    )
    mask = finish(np.zeros((256, 256), np.float32), stretched(90, 80), (90, 80), options)
    assert mask.bounds == Bounds(0, 0, 0, 0)
    assert (mask.area, mask.alpha.size) == (0, 0)


def test_the_logits_are_not_written_to():
    logits = star(noise=2)
    before = logits.copy()
    logits.flags.writeable = False
    options = MaskOptions(grow=5, feather=5, fill_holes=-1, drop_islands=9, keep="largest")
    finish(logits, stretched(90, 80), (90, 80), options)
    assert np.array_equal(logits, before)


def test_cancelled():
    with pytest.raises(Cancelled):
        finish(star(), stretched(90, 80), (90, 80), MaskOptions(), cancelled=lambda: True)


def test_stability_counts_by_hand():
    logits = np.zeros((4, 4), np.float32)
    logits[0] = 2
    logits[1] = -2
    assert stability(logits) == 4 / 12
    assert stability(np.full((4, 4), -9, np.float32)) == 0


def test_opencv_waits_until_it_is_needed():
    """An idle daemon has the modules loaded, and no use for OpenCV's memory."""
    code = "import sys, maskwright_backend.finishing.objects as o, maskwright_backend.finishing.finish as f;"
    code += "print('cv2' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert result.stdout.strip() == "False"
