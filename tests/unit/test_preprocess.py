# SPDX-License-Identifier: GPL-3.0-or-later
"""The resize rules against Pillow's floats, and what each rule leaves where."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from maskwright_backend.imaging import resample
from maskwright_backend.imaging.preprocess import Preprocessing, Resize
from maskwright_backend.imaging.resample import resample_planes, resample_rounded

PADDED = Preprocessing(
    Resize.LONGEST_SIDE, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), value_range=255.0
)


def noise(width, height):
    return np.random.default_rng(width * 7 + height).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "size", [(517, 389), (389, 517), (1600, 1067), (1, 1), (4000, 3), (3, 4000), (2500, 1300), (30_000, 40)]
)
def test_the_float_resize_is_pillows(size):
    rgb = noise(*size)
    planes = resample_planes(rgb, 1024, 1024)
    for index in range(3):
        plane = Image.fromarray(rgb[..., index].astype(np.float32)).resize(
            (1024, 1024), Image.Resampling.BILINEAR
        )
        np.testing.assert_allclose(planes[index], np.asarray(plane), atol=2e-4)


@pytest.mark.parametrize("size", [(517, 389), (1600, 1067), (1, 1), (4000, 3), (2500, 1300)])
def test_the_rounded_resize_is_pillows_but_for_few_values(size):
    rgb = noise(*size)
    planes = resample_rounded(rgb, 1024, 1024)
    off = np.abs(
        planes.transpose(1, 2, 0) - np.asarray(Image.fromarray(rgb).resize((1024, 1024), Image.BILINEAR))
    )
    assert off.max() <= 2
    assert (off > 0).mean() < 0.005


def test_resizing_to_the_same_size_changes_nothing():
    rgb = noise(64, 48)
    np.testing.assert_array_equal(resample_planes(rgb, 64, 48), rgb.transpose(2, 0, 1))
    np.testing.assert_array_equal(resample_rounded(rgb, 64, 48), rgb.transpose(2, 0, 1))


def test_a_flat_colour_becomes_its_normalised_value():
    rgb = np.full((30, 50, 3), (10, 128, 250), np.uint8)
    square = Preprocessing(Resize.STRETCH).apply(rgb)
    assert (square.shape, square.dtype) == ((1, 3, 1024, 1024), np.float32)
    for plane, value, mean, std in zip(
        square[0], (10, 128, 250), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), strict=True
    ):
        np.testing.assert_allclose(plane, (value / 255 - mean) / std, atol=1e-5)


def test_padding_is_zero_after_normalisation_and_at_the_right_and_bottom():
    square = PADDED.apply(np.full((100, 400, 3), 255, np.uint8))[0]
    assert np.all(square[:, 256:] == 0)
    np.testing.assert_allclose(square[0, :256], (255 - 123.675) / 58.395, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((517, 389), (1024, 770)), ((389, 517), (770, 1024)), ((1, 1), (1024, 1024)), ((4000, 3), (1024, 1)),
     ((5000, 2), (1024, 1)), ((1600, 1067), (1024, 683))],
)  # fmt: skip
def test_the_longest_side_is_fitted_and_the_other_rounded(size, fitted):
    assert PADDED.fitted_size(*size) == fitted
    assert Preprocessing(Resize.STRETCH).fitted_size(*size) == (1024, 1024)


def test_views_that_are_not_contiguous_give_the_same():
    rgb = noise(90, 70)
    for rule in (Preprocessing(Resize.STRETCH), PADDED):
        np.testing.assert_array_equal(rule.apply(rgb[:, ::-1]), rule.apply(rgb[:, ::-1].copy()))


def test_the_version_tells_rules_apart():
    versions = {Preprocessing(rule).version for rule in Resize} | {PADDED.version}
    assert len(versions) == 4


def test_a_tall_picture_that_is_done_in_stretches_is_the_same(monkeypatch):
    rgb = noise(7, 2000)
    whole = resample_rounded(rgb, 256, 256)
    monkeypatch.setattr(resample, "ROWS_HELD", 100)
    np.testing.assert_array_equal(resample_rounded(rgb, 256, 256), whole)
