# SPDX-License-Identifier: GPL-3.0-or-later
"""Refinement: the edge of a mask follows the image's own pixels in a band around the logits' edge.

In the band, each pixel's probability to be inside joins the logits' opinion (its distance to their edge) with that of
the colours on either side (`colours`). A colour guided filter (He, Sun, Tang: "Guided image filtering", 2013; made
on a reduced image as in He, Sun: "Fast guided filter", 2015) turns it into a graded alpha that is locally a linear
function of the pixel's colour. Where the two sides look alike the edge stays as the logits have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from maskwright_shared.geometry import Bounds

from .colours import ColourModels, cell_size, colour_models, evaluated, inverse
from .crops import read, trimmed
from .upscale import Crop

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement

    from .pixels import Pixels
    from .raster import Raster

BAND = 1.5
"""How far from the logits' edge, in cells, the refined edge may lie."""

_FADE = 0.35
"""Over so many cells at the band's sides the refined alpha passes into the plain one."""

_COLOUR_WEIGHT, _LOGIT_CELLS = 0.5, 0.4
"""The colours' log ratio counts by this factor; the logits' own is the distance divided by so many cells."""

_RADIUS, _SMOOTH = 0.5, 4e-4
"""The guided filter's radius in cells, and its epsilon for colours from 0 to 1."""

_GAIN = 2.0
"""The filter leaves sharp edges too soft: its result is stretched about one half."""

LEAST_CELL = 3.0
"""With logits this fine (image pixels a cell, the mean of both axes) there is nothing to gain: they decide alone."""

_GUIDE_CELL = 8
"""The filter works on an image reduced to about so many pixels a cell."""


class _Job(NamedTuple):
    models: ColourModels
    planes: tuple[NDArray[np.float32], ...]
    raster: Raster
    pixels: Pixels
    cell: float
    reduce: int


def refined(
    crop: Crop,
    logits: NDArray[np.float32],
    placement: Placement,
    threshold: float,
    raster: Raster,
    window: Bounds,
    pixels: Pixels,
    check: Callable[[], None],
) -> Crop:
    """Return the soft mask with its edge on the image's edges.

    Args:
        crop: The mask in the raster, from the same logits and threshold.
        logits: (h, w) float32.
        placement: From the logits to the image.
        threshold: The logit cut.
        raster: The pixel grid; no finer than the image's pixels.
        window: The part of the raster in which the mask is wanted.
        pixels: The image.
        check: Called between blocks; may raise.

    """
    wide, high = cell_size(placement)
    if np.sqrt(wide * high) < LEAST_CELL or crop.bounds.is_empty:
        return crop
    models = colour_models(logits, placement, threshold, pixels)
    check()
    cell = float(np.sqrt(wide * high)) / raster.pitch
    job = _Job(models, _planes(models), raster, pixels, cell, max(1, int(cell / _GUIDE_CELL)))
    reach = int(2 * BAND * max(wide / raster.dx, high / raster.dy)) + 2
    bounds = crop.bounds.grown(reach).intersection(window)
    out = read(crop, bounds, window)
    side = max(96, -(-int(8 * cell) // job.reduce) * job.reduce)
    for top in range(bounds.y, bounds.bottom, side):
        for left in range(bounds.x, bounds.right, side):
            block = Bounds(left, top, side, side).intersection(bounds)
            if _has_edge(job, block):
                check()
                row, column = top - bounds.y, left - bounds.x
                target = out[row : row + block.height, column : column + block.width]
                target[...] = _refined_block(target, block, job)
    return trimmed(Crop(bounds, out, 0))


def _has_edge(job: _Job, block: Bounds) -> bool:
    part, models = job.raster.window(block), job.models
    top, bottom = int(part.y / models.step_y) - 1, int((part.y + part.rows * part.dy) / models.step_y) + 2
    left, right = int(part.x / models.step_x) - 1, int((part.x + part.columns * part.dx) / models.step_x) + 2
    near = np.abs(models.distance[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]) < BAND
    return bool(near.any())


def _refined_block(plain: NDArray[np.uint8], block: Bounds, job: _Job) -> NDArray[np.uint8]:
    reduce = job.reduce
    radius = max(2, round(_RADIUS * job.cell / reduce))
    margin = (2 * radius + 1) * reduce
    wide, high = (-(-(side + 2 * margin) // reduce) * reduce for side in (block.width, block.height))
    around = Bounds(block.x - margin, block.y - margin, wide, high)
    rgb = job.pixels.tile(job.raster, around)
    small = (wide // reduce, high // reduce)
    guide = cv2.resize(rgb, small, interpolation=cv2.INTER_AREA) if reduce > 1 else rgb
    linear = _guided(guide, _probability(guide, around, job), radius)
    if reduce > 1:
        linear = cv2.resize(linear, (wide, high), interpolation=cv2.INTER_LINEAR)
    inner = (slice(margin, margin + block.height), slice(margin, margin + block.width))
    alpha = np.einsum("ijk,ijk->ij", linear[inner][:, :, :3], rgb[inner]) + linear[inner][:, :, 3]
    alpha = np.clip((alpha - 0.5) * _GAIN + 0.5, 0, 1)
    share = _interpolated(job.planes[2], job.raster.window(block), job.models)
    weight = np.clip((BAND - np.abs(share[:, :, 2])) / _FADE, 0, 1) * share[:, :, 3]
    before = plain.astype(np.float32)
    mixed: NDArray[np.float32] = before + weight * (255 * alpha - before)
    return (mixed + np.float32(0.5)).astype(np.uint8)


def _probability(guide: NDArray[np.float32], around: Bounds, job: _Job) -> NDArray[np.float32]:
    """Return each pixel's probability to be inside, from the logits' edge and the colour models."""
    part = job.raster.window(around).scaled(job.reduce)
    maps = [_interpolated(plane, part, job.models) for plane in job.planes]
    quadratic = [plane[:, :, k] for plane in maps for k in range(4)][:10]
    ratio = np.clip(cv2.blur(evaluated(quadratic, guide), (3, 3), borderType=cv2.BORDER_REFLECT), -6, 6)
    distance = maps[2][:, :, 2]
    evidence = _COLOUR_WEIGHT * ratio + np.clip(distance / np.float32(_LOGIT_CELLS), -20, 20)
    probability: NDArray[np.float32] = 1 / (1 + np.exp(-evidence))
    return probability


def _planes(models: ColourModels) -> tuple[NDArray[np.float32], ...]:
    """Return the maps four by four, as OpenCV takes them: the ten coefficients, distance, trust."""
    maps = [*models.quadratic, models.distance, models.trust]
    return tuple(np.dstack(maps[k : k + 4]) for k in (0, 4, 8))


def _interpolated(plane: NDArray[np.float32], part: Raster, models: ColourModels) -> NDArray[np.float32]:
    """Return maps of the coarse grid at a raster's pixels."""
    # Only the piece that is needed: OpenCV's time goes with the size of its source, too.
    rows, scale_y, shift_y = _piece(
        part.y / models.step_y, part.dy / models.step_y, part.rows, plane.shape[0]
    )
    columns, scale_x, shift_x = _piece(
        part.x / models.step_x, part.dx / models.step_x, part.columns, plane.shape[1]
    )
    interpolated: NDArray[np.float32] = cv2.warpAffine(
        plane[rows, columns],
        np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]]),
        (part.columns, part.rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return interpolated


def _piece(start: float, step: float, count: int, size: int) -> tuple[slice, float, float]:
    """Return which points of a grid lie under pixels, the pixels' pitch in points, and the first one's place."""
    first = start + 0.5 * step - 0.5
    low = min(max(int(first) - 1, 0), size - 1)
    high = min(max(int(first + count * step) + 3, low + 1), size)
    return slice(low, high), step, first - low


def _guided(guide: NDArray[np.float32], target: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Return the colour guided filter's linear functions: (rows, columns, 4), factors of R, G, B and a constant."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(channel: NDArray[np.float32]) -> NDArray[np.float32]:
        blurred: NDArray[np.float32] = cv2.blur(channel, side, borderType=cv2.BORDER_REFLECT)
        return blurred

    colours = [guide[:, :, k] for k in range(3)]
    means = [mean(colour) for colour in colours]
    level = mean(target)
    covariance = [mean(colour * target) - m * level for colour, m in zip(colours, means, strict=True)]
    spread = [
        mean(colours[i] * colours[j]) - means[i] * means[j] + np.float32(_SMOOTH if i == j else 0)
        for i in range(3)
        for j in range(i, 3)
    ]
    (xx, xy, xz, yy, yz, zz), _ = inverse(spread)
    x, y, z = covariance
    factors = [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z]
    constant = level - sum(factor * m for factor, m in zip(factors, means, strict=True))
    return mean(np.dstack([*factors, constant]))
