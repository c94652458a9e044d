# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a closer look would show more: a window around an object that is small in a large picture.

A model sees every picture in a square of about a thousand pixels; what has forty in a photograph of 24 megapixels has
seven there. Encoded once more, with nothing but its surroundings, it fills a good part of the square.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from maskwright_shared.geometry import Bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from maskwright_shared.geometry import Box, Point, View

    from ..models.embedding import Geometry

Extent = tuple[float, float, float, float]
"""x0, y0, x1, y1 in the picture's pixels."""

LEAST_SHRINKING = 1.5
"""Picture pixels for one of the model's square; below it a closer look shows hardly more."""

SMALL = 1 / 5
"""Of the picture's longer side: a larger object is seen well enough."""

SURROUNDINGS = 3.0
"""A window is so many times as long as what it is about, since models judge an object by what is around it."""

LEAST_WINDOW = 1 / 4
"""Of the model's square: smaller windows would be enlarged more than there is to see."""

GRID = 8
"""Windows begin and end on a grid of an eighth of their length, so that the next click finds the same one."""


def window_for(
    logits: NDArray[np.float32],
    geometry: Geometry,
    points: Sequence[Point],
    box: Box | None,
    view: View | None,
) -> Bounds | None:
    """Return the window of a closer look, or None where the whole picture shows enough.

    Args:
        logits: (h, w) of the shown candidate, over the model's square.
        geometry: How the whole picture lies in the square.
        points: The prompt points, in the picture's coordinates.
        box: The prompt box, likewise.
        view: What the editor shows, if it said so: who zooms in means something small.
    """
    size = geometry.width, geometry.height
    longer = max(size)
    if longer < LEAST_SHRINKING * geometry.side:
        return None
    about = _extent(mask_extent(logits, geometry), points, box, _view_extent(view))
    if about is None or _length(about) > SMALL * longer:
        return None
    wanted = min(max(SURROUNDINGS * _length(about), LEAST_WINDOW * geometry.side), longer / LEAST_SHRINKING)
    step = max(1, round(wanted / GRID))
    x, width = _axis(about[0], about[2], wanted, step, size[0])
    y, height = _axis(about[1], about[3], wanted, step, size[1])
    return Bounds(x, y, width, height)


def _axis(first: float, last: float, wanted: float, step: int, size: int) -> tuple[int, int]:
    """Return where a window of about the wanted length around first to last begins, and its length."""
    middle, half = (first + last) / 2, wanted / 2
    start = max(0, int((middle - half) // step) * step)
    stop = min(size, -int(-(middle + half) // step) * step)
    return start, stop - start


def _extent(
    mask: Extent | None, points: Sequence[Point], box: Box | None, shown: Extent | None
) -> Extent | None:
    """Return what the prompt is about: the mask with the prompts, or what these and the view say without it.

    A mask larger than all that the user looks at is not what they mean.
    """
    spans = [(point.x, point.y, point.x, point.y) for point in points if point.foreground]
    if box is not None:
        spans.append((box.x0, box.y0, box.x1, box.y1))
    if not spans:
        return None
    if mask is not None and (shown is None or _length(mask) <= _length(shown)):
        spans.append(mask)
    elif box is None:
        if shown is None:
            return None
        margin = _length(shown) / 6
        spans = [(x0 - margin, y0 - margin, x1 + margin, y1 + margin) for x0, y0, x1, y1 in spans]
    x0, y0, x1, y1 = zip(*spans, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def outwards(extent: Extent) -> Bounds:
    """Return the whole pixels that an extent reaches into, and one more on every side."""
    x0, y0, x1, y1 = extent
    left, top = math.floor(x0) - 1, math.floor(y0) - 1
    return Bounds(left, top, math.ceil(x1) + 1 - left, math.ceil(y1) + 1 - top)


def mask_extent(logits: NDArray[np.float32], geometry: Geometry) -> Extent | None:
    """Return what a candidate's mask spans, in the picture's pixels; None for an empty one."""
    inside = logits > 0
    if not inside.any():
        return None
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    dx = geometry.side / logits.shape[1] * geometry.width / geometry.fitted_width
    dy = geometry.side / logits.shape[0] * geometry.height / geometry.fitted_height
    right, bottom = min((columns[-1] + 1) * dx, geometry.width), min((rows[-1] + 1) * dy, geometry.height)
    return float(columns[0] * dx), float(rows[0] * dy), float(right), float(bottom)


def _view_extent(view: View | None) -> Extent | None:
    return None if view is None else (view.x, view.y, view.x + view.width, view.y + view.height)


def _length(extent: Extent) -> float:
    return max(extent[2] - extent[0], extent[3] - extent[1])
