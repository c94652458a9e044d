# SPDX-License-Identifier: GPL-3.0-or-later
"""Upscaling by tiles gives what upscaling everything gives."""

import numpy as np
import pytest
from PIL import Image
from tests.unit.finishing_scenes import dense, padded, pasted, star, stretched

from maskwright_backend.finishing.axis import extents, sources, used
from maskwright_backend.finishing.finish import finish
from maskwright_backend.finishing.raster import Raster
from maskwright_backend.finishing.upscale import upscale
from maskwright_shared.geometry import Bounds, View
from maskwright_shared.messages import MaskOptions

SIZES = [(1, 1), (2, 1), (4000, 3), (3, 700), (31, 33), (64, 64), (517, 389), (1024, 1024), (1600, 1067)]
HARD = MaskOptions(edge="hard")


def same_but_on_the_edge(mask, values):
    """Equal but for pixels where float32 cannot tell the sign."""
    wrong = (pasted(mask) > 127) != (values > 0)
    return np.abs(values[wrong]).max(initial=0) < 1e-5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", [stretched, padded])
@pytest.mark.parametrize("edge", ["hard", "soft"])
def test_full_size_is_the_dense_upscaling(size, place, edge):
    logits, placement = star(), place(*size)
    mask = finish(logits, placement, size, MaskOptions(edge=edge))
    assert same_but_on_the_edge(mask, dense(logits, placement))
    assert mask.area == np.count_nonzero(mask.alpha >= 128)
    assert mask.alpha.flags.c_contiguous
    if edge == "hard":
        assert set(np.unique(mask.alpha)) <= {0, 255}


def test_full_size_is_pillows_where_pillow_has_the_same_rule():
    logits = star()
    values = np.asarray(Image.fromarray(logits).resize((901, 677), Image.Resampling.BILINEAR))
    mask = finish(logits, stretched(901, 677), (901, 677), HARD)
    wrong = (pasted(mask) > 127) != (values > 0)
    assert np.abs(values[wrong]).max(initial=0) < 1e-4


def test_noise_in_every_tile():
    logits = np.random.default_rng(1).normal(0, 1, (256, 256)).astype(np.float32)
    for placement in (stretched(700, 500), padded(700, 500)):
        mask = finish(logits, placement, (700, 500), HARD)
        assert same_but_on_the_edge(mask, dense(logits, placement))


@pytest.mark.parametrize("threshold", [-6.5, 3.25])
def test_threshold(threshold):
    logits, placement = star(), stretched(517, 389)
    mask = finish(logits, placement, (517, 389), MaskOptions(edge="hard", threshold=threshold))
    assert same_but_on_the_edge(mask, dense(logits, placement) - threshold)


def test_bounds_are_tight():
    mask = finish(star(), stretched(517, 389), (517, 389), HARD)
    assert mask.alpha[0].any()
    assert mask.alpha[-1].any()
    assert mask.alpha[:, 0].any()
    assert mask.alpha[:, -1].any()


@pytest.mark.parametrize(
    "view",
    [
        View(10.3, 20.7, 100.5, 80.25, 201, 160),
        View(-50.5, -20.2, 900.0, 600.0, 500, 400),
        View(250.25, 190.5, 4.0, 3.0, 640, 480),
        View(0.0, 0.0, 517.0, 389.0, 517, 389),
        View(500.1, 380.1, 50.0, 50.0, 100, 100),
    ],
)
@pytest.mark.parametrize("place", [stretched, padded])
def test_a_view_has_the_values_at_its_pixel_centres(view, place):
    logits, size = star(), (517, 389)
    placement = place(*size)
    mask = finish(logits, placement, size, HARD, view=view)
    x = view.x + (np.arange(view.columns) + 0.5) * view.width / view.columns
    y = view.y + (np.arange(view.rows) + 0.5) * view.height / view.rows
    across, down = (weights(steps, at) for steps, at in ((placement.x, x), (placement.y, y)))
    values = down @ logits.astype(float) @ across.T
    values[(y < 0) | (y >= 389)] = -9
    values[:, (x < 0) | (x >= 517)] = -9
    assert (mask.width, mask.height) == (view.columns, view.rows)
    assert same_but_on_the_edge(mask, values)


def weights(steps, positions):
    """The rows of the operator, by upscaling unit vectors: the last step is linear between its input's samples."""
    table = np.eye(256)
    for n_in, n_out in steps[:-1]:
        at = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
        table = np.stack([np.interp(at, np.arange(n_in), column[:n_in]) for column in table.T], axis=1)
    n_in, n_out = steps[-1]
    at = positions * n_in / n_out - 0.5
    return np.stack([np.interp(at, np.arange(n_in), column[:n_in]) for column in table.T], axis=1)


def test_a_thumbnail_has_the_mean_of_what_it_hides():
    logits, placement = star(), stretched(1024, 1024)
    full = pasted(finish(logits, placement, (1024, 1024), MaskOptions()))
    small = finish(logits, placement, (1024, 1024), MaskOptions(), view=View(0, 0, 1024, 1024, 64, 64))
    means = full.reshape(64, 16, 64, 16).mean(axis=(1, 3))
    assert np.abs(pasted(small) - means).max() < 26
    assert np.abs(pasted(small) - means).mean() < 1


def test_a_view_beside_the_image_is_empty():
    mask = finish(star(), stretched(517, 389), (517, 389), MaskOptions(), view=View(600, 0, 50, 50, 100, 100))
    assert mask.bounds == (0, 0, 0, 0)
    assert mask.alpha.shape == (0, 0)
    assert (mask.width, mask.height, mask.area) == (100, 100, 0)


@pytest.mark.parametrize("edge", ["hard", "soft"])
@pytest.mark.parametrize("size", [(1, 1), (517, 389)])
def test_everything_and_nothing(size, edge):
    options = MaskOptions(edge=edge)
    nothing = finish(np.full((256, 256), -1, np.float32), padded(*size), size, options)
    assert (nothing.bounds, nothing.area) == ((0, 0, 0, 0), 0)
    everything = finish(np.full((256, 256), 1, np.float32), padded(*size), size, options)
    assert (everything.bounds, everything.area) == ((0, 0, *size), size[0] * size[1])
    assert everything.alpha.min() == 255
    on_the_threshold = finish(np.zeros((256, 256), np.float32), padded(*size), size, options)
    assert on_the_threshold.area == 0


@pytest.mark.parametrize("degrees", [0, 10, 30, 45, 73, 90])
def test_a_soft_straight_edge_has_the_coverage_of_its_pixels(degrees):
    nx, ny = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    y, x = np.mgrid[:256, :256] + 0.5
    logits = ((128.3 - x) * nx + (127.6 - y) * ny).astype(np.float32)
    mask = finish(logits, stretched(512, 512), (512, 512), MaskOptions())
    sub_y, sub_x = (np.mgrid[: 512 * 8, : 512 * 8] + 0.5) / 16
    truth = ((128.3 - sub_x) * nx + (127.6 - sub_y) * ny > 0).reshape(512, 8, 512, 8).mean(axis=(1, 3))
    inner = (slice(4, -4), slice(4, -4))
    error = np.abs(pasted(mask) / 255 - truth)[inner]
    assert error.max() < 0.1
    assert (
        np.abs(pasted(mask)[inner].sum() / 255 - truth[inner].sum()) / 512 < 0.07
    )  # the truth is counted in eighths


def test_a_soft_mask_is_cut_at_one_half_like_the_hard_one():
    logits, placement = star(), stretched(1600, 1067)
    soft, hard = (
        finish(logits, placement, (1600, 1067), MaskOptions(edge=edge)) for edge in ("soft", "hard")
    )
    assert np.count_nonzero((pasted(soft) >= 128) != (pasted(hard) == 255)) <= 2


def test_a_window_of_the_raster_is_a_cut_of_the_whole():
    logits, placement, raster = star(), stretched(517, 389), Raster.of_image(517, 389)
    whole = upscale(logits, placement, raster, Bounds(0, 0, 517, 389))
    window = Bounds(101, 77, 200, 130)
    part = upscale(logits, placement, raster, window)
    expected = Bounds(*window).intersection(whole.bounds)
    cut = whole.alpha[
        expected.y - whole.bounds.y : expected.bottom - whole.bounds.y,
        expected.x - whole.bounds.x : expected.right - whole.bounds.x,
    ]
    inner = np.zeros((130, 200), np.uint8)
    b = part.bounds.moved(-101, -77)
    inner[b.y : b.bottom, b.x : b.right] = part.alpha
    assert np.array_equal(
        inner[expected.y - 77 : expected.bottom - 77, expected.x - 101 : expected.right - 101], cut
    )


def test_used_and_extents():
    assert used(((256, 6000),)) == 256
    steps = ((256, 1024), (683, 4000))
    indices, _ = sources(steps, np.arange(4000) + 0.5)
    assert used(steps) == indices.max() + 1
    assert extents(steps).sum() == pytest.approx(4000)
