# SPDX-License-Identifier: GPL-3.0-or-later
"""Feather: blurring a mask's edge by a Gaussian, however wide, in bounded memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from maskwright_shared.geometry import Bounds

from .crops import read, trimmed
from .upscale import Crop

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


_STRIPE_PIXELS = 1 << 20
"""Working memory in float is bound to about so many pixels at a time."""


def feather_margin(sigma: float) -> int:
    """Return how far around a pixel `feather` looks, in raster pixels."""
    return math.ceil(3 * sigma) + 2 if sigma else 0


def feather(crop: Crop, sigma_x: float, sigma_y: float, window: Bounds, check: Callable[[], None]) -> Crop:
    """Return the mask blurred by a Gaussian of the given standard deviations in raster pixels.

    A wide Gaussian is taken on a reduced mask and interpolated: within 2 of 255. Beyond the window's sides the
    mask goes on as it is there. `check` is called between stripes and may raise.
    """
    if crop.bounds.is_empty or not (sigma_x or sigma_y):
        return crop
    bounds = crop.bounds.grown(feather_margin(max(sigma_x, sigma_y))).intersection(window)
    factor = max(1, int(min(sigma_x, sigma_y) / 3))
    if factor == 1:
        blurred = cv2.GaussianBlur(
            read(crop, bounds, window), (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_REPLICATE
        )
        return trimmed(Crop(bounds, blurred, 0))
    # Whole blocks only: what the last block has too much lies beyond the window or is empty.
    high, wide = -(-bounds.height // factor), -(-bounds.width // factor)
    padded = Bounds(bounds.x, bounds.y, wide * factor, high * factor)
    small = _reduced(crop, padded, factor, window, check)
    # Averaging blocks and interpolating between them blurs too: a box of `factor` and a triangle of 2 * `factor`.
    sigmas = [math.sqrt((sigma / factor) ** 2 - 1 / 12 - 1 / 6) for sigma in (sigma_x, sigma_y)]
    small = cv2.GaussianBlur(small, (0, 0), sigmas[0], sigmaY=sigmas[1], borderType=cv2.BORDER_REPLICATE)
    return trimmed(Crop(bounds, _enlarged(small, bounds, factor, check), 0))


def _reduced(
    crop: Crop, padded: Bounds, factor: int, window: Bounds, check: Callable[[], None]
) -> NDArray[np.float32]:
    """Return the means of blocks of `factor` x `factor` pixels, made stripe by stripe."""
    wide, high = padded.width // factor, padded.height // factor
    small = np.empty((high, wide), np.float32)
    stripe = max(1, _STRIPE_PIXELS // (padded.width * factor))
    for top in range(0, high, stripe):
        check()
        count = min(stripe, high - top)
        rows = Bounds(padded.x, padded.y + top * factor, padded.width, count * factor)
        source = read(crop, rows, window)
        small[top : top + count] = cv2.resize(
            source.astype(np.float32), (wide, count), interpolation=cv2.INTER_AREA
        )
    return small


def _enlarged(
    small: NDArray[np.float32], bounds: Bounds, factor: int, check: Callable[[], None]
) -> NDArray[np.uint8]:
    """Interpolate block means back to pixels, stripe by stripe with one row of blocks more on either side."""
    out = np.empty((bounds.height, bounds.width), np.uint8)
    padded = cv2.copyMakeBorder(small, 1, 1, 0, 0, cv2.BORDER_REPLICATE)
    stripe = max(1, _STRIPE_PIXELS // (bounds.width * factor))
    for top in range(0, small.shape[0], stripe):
        check()
        part = padded[top : top + stripe + 2]
        size = (part.shape[1] * factor, part.shape[0] * factor)
        large = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)[factor:-factor, : bounds.width]
        target = out[top * factor : (top + stripe) * factor]
        np.copyto(target, large[: target.shape[0]] + np.float32(0.5), casting="unsafe")
    return out
