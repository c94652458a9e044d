# SPDX-License-Identifier: GPL-3.0-or-later
"""Grow and shrink: moving a mask's edge by a length, to a part of a pixel."""

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


def grow_margin(radius: float) -> int:
    """Return how far around a pixel `grow` looks, in raster pixels."""
    return math.ceil(abs(radius)) + 2 if radius else 0


def grow(crop: Crop, radius: float, window: Bounds, check: Callable[[], None]) -> Crop:
    """Return the mask with its edge moved outwards by `radius` raster pixels (inwards when negative).

    The new edge is where the signed distance to the old one, alpha 0.5, is `radius`, sub-pixel on both sides, and
    graded over one pixel. Nothing grows out of `window`, and the mask goes on beyond the window's sides as it is
    there. `check` is called between blocks and may raise.
    """
    if crop.bounds.is_empty or not radius:
        return crop
    margin = grow_margin(radius)
    bounds = crop.bounds.grown(margin if radius > 0 else 0).intersection(window)
    out = np.zeros((bounds.height, bounds.width), np.uint8)
    side = max(96, 2 * margin)
    for top in range(0, bounds.height, side):
        for left in range(0, bounds.width, side):
            check()
            block = Bounds(bounds.x + left, bounds.y + top, side, side).intersection(bounds)
            source = read(crop, block.grown(margin), window)
            target = out[top : top + block.height, left : left + block.width]
            target[...] = _grown_block(source, radius, margin)
    return trimmed(Crop(bounds, out, 0))


def _grown_block(source: NDArray[np.uint8], radius: float, margin: int) -> NDArray[np.uint8] | int:
    lowest, highest = int(source.min()), int(source.max())
    if lowest == highest and lowest in (0, 255):
        return lowest
    if radius < 0:
        shrunk: NDArray[np.uint8] = 255 - _dilated(255 - source, -radius, margin)
        return shrunk
    return _dilated(source, radius, margin)


def _dilated(source: NDArray[np.uint8], radius: float, margin: int) -> NDArray[np.uint8]:
    """Grow one block; returns it without its margin."""
    inner = (slice(margin, source.shape[0] - margin), slice(margin, source.shape[1] - margin))
    own = source[inner]
    inside = source >= 128
    if not inside.any():
        # Fainter than half everywhere: there is no edge to move.
        return own
    # Distances are taken from the edge's pixels: those inside, and the fainter ones right beside them.
    near = cv2.dilate(inside.view(np.uint8), np.ones((3, 3), np.uint8)) & (source > 0)
    rough, labels = cv2.distanceTransformWithLabels(1 - near, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    seeds = np.flatnonzero(near)
    nearest = np.empty(int(labels.max()) + 1, np.intp)
    nearest[labels.ravel()[seeds]] = seeds
    out = np.where(inside[inner], np.uint8(255), np.uint8(0))
    # Only these can come out between 0 and 255: OpenCV's distance is off by less than 2 %.
    rows, columns = np.nonzero((rough[inner] < 1.03 * radius + 2) & (own < 255))
    distance = _distance(source, near, rows + margin, columns + margin, nearest[labels[inner][rows, columns]])
    out[rows, columns] = np.clip(128 + 255 * (radius - distance), 0, 255).astype(np.uint8)
    return out


def _distance(
    source: NDArray[np.uint8],
    near: NDArray[np.uint8],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    seed: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Return the signed distance of pixels to the edge that runs through, or right beside, each one's seed pixel."""
    feet = _feet(source, near)
    width = source.shape[1]
    best = np.full(len(seed), np.inf, np.float32)
    # The pixel whose centre is nearest need not have the nearest piece of the edge; far off that is no matter.
    down, across = np.divmod(seed, width)
    around = (-1, 0, 1) if len(seed) and np.hypot(down - rows, across - columns).max() < 20 else (0,)
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    for offset in (width * dy + dx for dy in around for dx in around):
        foot_x, foot_y, normal_x, normal_y = feet.take(seed + offset, axis=1, mode="clip")
        foot_x, foot_y = x - foot_x, y - foot_y
        length = np.hypot(foot_x, foot_y)
        # Close by, the edge is a straight line rather than a point.
        line = (length < 1.6) & (np.abs(normal_x) + np.abs(normal_y) > 0.5)
        np.copyto(length, foot_x * normal_x + foot_y * normal_y, where=line)
        np.copyto(best, length, where=np.abs(length) < np.abs(best))
    return best


def _feet(source: NDArray[np.uint8], near: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return for each pixel, in rows, the point (x, y) of the edge that belongs to it, and the edge's outward normal.

    That point lies beyond the pixel's centre, along the normal, by what the pixel is covered above one half; it is
    very far away where the pixel is not `near` the edge.
    """
    normal_x, normal_y = (-cv2.Scharr(source, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
    length = np.hypot(normal_x, normal_y) + np.float32(1e-6)
    normal_x /= length
    normal_y /= length
    rows, columns = np.ogrid[: source.shape[0], : source.shape[1]]
    beyond = source.astype(np.float32) / 255 - np.float32(0.5)
    foot_x, foot_y = columns + normal_x * beyond, rows + normal_y * beyond
    foot_x[near == 0] = 1e9
    return np.stack([foot_x, foot_y, normal_x, normal_y]).reshape(4, -1).astype(np.float32)
