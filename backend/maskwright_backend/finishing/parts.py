# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts of a mask stay and which holes are filled, decided on the low-res logits.

Bilinear upscaling has its extremes at the samples, so every part and every hole of the full-size mask has a sample
of its own, and flipping that sample's sign removes it without moving any other edge. The decision is therefore the
same for every view, and costs the same for every image size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from .axis import extents, sources, used

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement
    from maskwright_shared.geometry import Point
    from maskwright_shared.messages import MaskOptions

_FINE = 4
"""Areas are measured with this many points per sample along each axis."""


def choose_parts(
    logits: NDArray[np.float32], placement: Placement, options: MaskOptions, points: Sequence[Point] = ()
) -> NDArray[np.float32]:
    """Return logits in which unwanted parts are below, and unwanted holes above, the threshold.

    In this order: `keep`, `drop_islands` (the largest part always stays), `fill_holes` (what touches the image's
    border is no hole). "clicked" without a foreground point inside the mask keeps all. The input is returned
    where nothing changes, and never written to.
    """
    if options.keep == "all" and not options.drop_islands and not options.fill_holes:
        return logits
    height, width = used(placement.y), used(placement.x)
    values = logits[:height, :width] - np.float32(options.threshold)
    pixels = np.outer(extents(placement.y), extents(placement.x))
    _drop_parts(values, pixels, placement, options, points)
    if options.fill_holes:
        _fill_holes(values, pixels, options.fill_holes)
    changed = logits.copy()
    changed[:height, :width] = values + np.float32(options.threshold)
    return changed


def _drop_parts(
    values: NDArray[np.float32],
    pixels: NDArray[np.float64],
    placement: Placement,
    options: MaskOptions,
    points: Sequence[Point],
) -> None:
    above = values > 0
    labels = _label(values, above, np.greater)
    count = int(labels.max()) + 1
    if count <= 2:
        return
    areas = _areas(values, labels, pixels)
    stays = np.ones(count, bool)
    if options.keep == "largest":
        stays = np.arange(count) == areas.argmax()
    elif options.keep == "clicked":
        clicked = _clicked(values, labels, placement, points)
        stays = np.isin(np.arange(count), clicked) if clicked else stays
    largest = np.where(stays, areas, -1).argmax()
    stays &= (areas > options.drop_islands) | (np.arange(count) == largest)
    gone = above & ~stays[labels]
    values[gone] = -values[gone]


def _fill_holes(values: NDArray[np.float32], pixels: NDArray[np.float64], limit: int) -> None:
    below = values <= 0
    labels = _label(values, below, np.greater_equal)
    areas = _areas(-values, labels, pixels)
    filled = np.ones(len(areas), bool) if limit < 0 else areas <= limit
    filled[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
    gone = below & filled[labels]
    values[gone] = np.maximum(-values[gone], np.float32(1e-3))


def _label(
    values: NDArray[np.float32], member: NDArray[np.bool_], beats: Callable[..., NDArray[np.bool_]]
) -> NDArray[np.int32]:
    """Number the connected regions of the upscaled mask at its samples, from 1; 0 for samples that are no members.

    Two neighbours are joined; two diagonal ones only where the saddle between the four samples is on their side:
    where the product of their values `beats` the other product (on a tie it is not above the threshold).
    """
    height, width = member.shape
    grid = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    grid[::2, ::2] = member
    grid[1::2, ::2] = member[1:] & member[:-1]
    grid[::2, 1::2] = member[:, 1:] & member[:, :-1]
    falling = values[:-1, :-1] * values[1:, 1:]
    rising = values[:-1, 1:] * values[1:, :-1]
    grid[1::2, 1::2] = (member[:-1, :-1] & member[1:, 1:] & beats(falling, rising)) | (
        member[:-1, 1:] & member[1:, :-1] & beats(rising, falling)
    )
    _, labels = cv2.connectedComponents(grid, connectivity=8)
    return np.ascontiguousarray(labels[::2, ::2])


def _areas(
    values: NDArray[np.float32], labels: NDArray[np.int32], pixels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area of each label in image pixels (0 for label 0), the edge taken between the samples."""
    height, width = values.shape
    fine = cv2.resize(values, (width * _FINE, height * _FINE), interpolation=cv2.INTER_LINEAR) > 0
    # 240 is a multiple of 16, so that the means of 4 x 4 points are exact in 8 bits.
    share = cv2.resize(fine * np.uint8(240), (width, height), interpolation=cv2.INTER_AREA) / 240
    # What reaches into the cell of a sample outside counts for the part beside it.
    beside = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    owner = np.where(labels > 0, labels, beside)
    areas = np.bincount(owner.ravel(), (share * pixels).ravel(), minlength=int(labels.max()) + 1)
    areas[0] = 0
    return areas.astype(np.float64)


def _clicked(
    values: NDArray[np.float32], labels: NDArray[np.int32], placement: Placement, points: Sequence[Point]
) -> list[int]:
    touched = set()
    for point in points:
        if not point.foreground:
            continue
        (rows,), (row_weights,) = sources(placement.y, np.array([point.y]))
        (columns,), (column_weights,) = sources(placement.x, np.array([point.x]))
        shares = np.outer(row_weights, column_weights) * values[np.ix_(rows, columns)]
        if shares.sum() > 0:
            row, column = np.unravel_index(shares.argmax(), shares.shape)
            touched.add(int(labels[rows[row], columns[column]]))
    return sorted(touched)
