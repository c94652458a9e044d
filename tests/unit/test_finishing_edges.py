# SPDX-License-Identifier: GPL-3.0-or-later
"""Refinement moves the edge to the image's edge, and leaves it alone where the image has none."""

import cv2
import numpy as np
import pytest
from tests.unit.finishing_scenes import pasted, stretched

from maskwright_backend.finishing.finish import finish
from maskwright_backend.finishing.pixels import Pixels
from maskwright_backend.finishing.raster import Raster
from maskwright_shared.errors import Cancelled
from maskwright_shared.geometry import Bounds, Point, View
from maskwright_shared.messages import MaskOptions

SIZE = (640, 480)
SAMPLES = 48
"""Cells of 13 x 10 pixels, as a 256 x 256 mask has on 8 megapixels."""


def scene(seed=0, inside=(60, 90, 160), outside=(150, 140, 70), noise=9.0):
    """A star on another colour, both rough; the true alpha; and logits of it that are up to half a cell off."""
    random = np.random.default_rng(seed)
    fine_y, fine_x = (np.mgrid[: SIZE[1] * 2, : SIZE[0] * 2] + 0.5) / 2
    y, x = fine_y - SIZE[1] / 2, fine_x - SIZE[0] / 2
    radius = 150 + 25 * np.sin(5 * np.arctan2(y, x))
    alpha = cv2.resize((np.hypot(x, y) < radius).astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
    rough = random.normal(0, noise, (2, SIZE[1], SIZE[0], 1)) + random.normal(0, 3, (2, SIZE[1], SIZE[0], 3))
    image = alpha[:, :, None] * (inside + rough[0]) + (1 - alpha[:, :, None]) * (outside + rough[1])
    shift = np.array([[1, 0, 5], [0, 1, -3]], np.float32)
    moved = cv2.warpAffine(alpha, shift, SIZE)
    low = cv2.GaussianBlur(cv2.resize(moved, (SAMPLES, SAMPLES), interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    logits = ((low - 0.5) * 16 + random.normal(0, 0.3, low.shape)).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), alpha, logits


PLACEMENT = stretched(*SIZE, SAMPLES)


def alphas(image, logits, channels="RGB", **options):
    """The plain and the refined mask."""
    return [
        pasted(
            finish(
                logits, PLACEMENT, SIZE, MaskOptions(**options), pixels=image, channels=channels, refine=on
            )
        )
        for on in (False, True)
    ]


def displacement(mask, truth):
    """Wrong pixels per pixel of the true edge."""
    edge = cv2.morphologyEx((truth >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.count_nonzero((mask >= 128) != (truth >= 0.5)) / (np.count_nonzero(edge) / 2)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_edge_goes_to_the_images_edge(seed):
    image, truth, logits = scene(seed)
    plain, fine = alphas(image, logits)
    assert displacement(plain, truth) > 2
    assert displacement(fine, truth) < 0.25
    assert np.abs(fine / 255 - truth).sum() < 0.15 * np.abs(plain / 255 - truth).sum()


def test_a_hard_edge_stays_hard():
    image, truth, logits = scene()
    fine = alphas(image, logits, edge="hard")[1]
    assert set(np.unique(fine)) == {0, 255}
    assert displacement(fine, truth) < 0.25


@pytest.mark.parametrize("noise", [0.0, 9.0])
def test_no_edge_in_the_image_moves_nothing(noise):
    image, _, logits = scene(inside=(90, 90, 90), outside=(90, 90, 90), noise=noise)
    plain, fine = alphas(image, logits)
    assert displacement(fine, plain / 255) < 0.05
    assert np.abs(fine.astype(int) - plain).mean() < 0.2


def test_far_from_the_edge_nothing_changes():
    image, _, logits = scene()
    image[235:245, 315:325] = (150, 140, 70)
    plain, fine = alphas(image, logits)
    assert np.array_equal(plain[200:280, 280:360], fine[200:280, 280:360])
    assert not fine[:40].any()


def test_every_layout_of_the_pixels_gives_the_same():
    image, _, logits = scene()
    opaque = np.full((*image.shape[:2], 1), 255, np.uint8)
    rgb = alphas(image, logits)[1]
    assert np.array_equal(rgb, alphas(np.dstack([image, opaque]), logits, "RGBA")[1])
    assert np.array_equal(rgb, alphas(np.dstack([image[:, :, ::-1], opaque]), logits, "BGRA")[1])
    grey = image[:, :, 2:].copy()
    as_grey = alphas(grey, logits, "GRAY")[1]
    assert np.array_equal(as_grey, alphas(np.repeat(grey, 3, axis=2), logits)[1])
    assert np.array_equal(as_grey, alphas(grey[:, :, 0], logits, "GRAY")[1])


def test_the_pixels_are_not_written_to():
    image, _, logits = scene()
    image.flags.writeable = False
    alphas(image, logits)


def test_a_transparent_layers_hidden_colours_say_nothing():
    image, truth, logits = scene(inside=(90, 90, 90), outside=(90, 90, 90), noise=0)
    layer = np.dstack([image, (255 * truth).astype(np.uint8)])
    assert displacement(alphas(layer, logits, "RGBA")[1], truth) < 0.5


@pytest.mark.parametrize(
    ("view", "allowed"),
    [
        (View(0, 0, 640, 480, 640, 480), 0.01),
        (View(0, 0, 640, 480, 427, 320), 1.5),
        (View(200, 50, 100, 100, 100, 100), 1.0),
        (View(200, 50, 100, 100, 400, 400), 2.0),
        (View(-100, -100, 300, 300, 300, 300), 1.0),
    ],
)
def test_a_refined_preview_agrees_with_the_full_mask(view, allowed):
    image, _, logits = scene()
    full = alphas(image, logits)[1]
    mask = finish(logits, PLACEMENT, SIZE, MaskOptions(), view=view, pixels=image, refine=True)
    matrix = np.array([[view.width / view.columns, 0, view.x], [0, view.height / view.rows, view.y]])
    matrix[:, 2] += 0.5 * matrix[:, :2].sum(axis=1) - 0.5
    expected = cv2.warpAffine(
        full, matrix, (view.columns, view.rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    assert np.abs(pasted(mask).astype(int) - expected).mean() < allowed


def test_all_steps_together_stay_near_the_edge():
    image, truth, logits = scene()
    options = MaskOptions(grow=4, feather=1.5, fill_holes=-1, keep="clicked")
    mask = pasted(
        finish(logits, PLACEMENT, SIZE, options, [Point(320, 240)], pixels=image, channels="RGB", refine=True)
    )
    outside = cv2.distanceTransform((truth < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    assert np.abs(mask[(outside > 4.2) & (outside < 4.8)] / 255.0 - 0.5).mean() < 0.2


def test_refining_can_be_cancelled():
    image, _, logits = scene()
    answers = iter([False] * 5)
    with pytest.raises(Cancelled):
        finish(
            logits,
            PLACEMENT,
            SIZE,
            MaskOptions(),
            pixels=image,
            refine=True,
            cancelled=lambda: next(answers, True),
        )


@pytest.mark.parametrize("size", [(1, 1), (4000, 3), (3, 500)])
def test_odd_sizes(size):
    image = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    logits = np.random.default_rng(1).normal(0, 1, (64, 64)).astype(np.float32)
    mask = finish(logits, stretched(*size, 64), size, MaskOptions(), pixels=image, refine=True)
    assert (mask.width, mask.height) == size


def test_tiles_of_the_image():
    image = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8, 1)
    pixels = Pixels(image, "GRAY")
    tile = pixels.tile(Raster.of_image(8, 6), Bounds(-1, -1, 4, 3))[:, :, 0] * 255
    assert np.allclose(tile, [[0, 0, 1, 2], [0, 0, 1, 2], [8, 8, 9, 10]])
    halved = pixels.tile(Raster(0, 0, 2, 2, 4, 3), Bounds(1, 1, 2, 1))[:, :, 0] * 255
    assert np.allclose(halved, [[(18 + 19 + 26 + 27) / 4, (20 + 21 + 28 + 29) / 4]], atol=0.51)
