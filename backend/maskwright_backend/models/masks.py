# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask as a prompt: logits for a decoder that takes them, else a box and inner points."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from maskwright_shared.geometry import Box, Point

if TYPE_CHECKING:
    from .embedding import Geometry
    from .prompts import ModelPrompts

GRID = 256
"""The side of the mask input; a cell of it covers side / 256 pixels of the model's square."""

CERTAIN = 10.0
"""The logit of a pixel that is wholly inside; wholly outside is its negative, an edge in between lies between."""

SECOND_POINT_DEPTH = 0.5


def mask_to_logits(alpha: npt.NDArray[np.uint8], geometry: Geometry) -> npt.NDArray[np.float32]:
    """Return an 8-bit alpha mask of the image's size as (256, 256) logits for the mask input.

    It is placed as the image is: stretched, or fitted to the left top with "outside" around it. Each cell is
    the mean of the alpha under it, so that the zero crossing keeps its place to a fraction of a cell; a cell
    that the image covers in part takes the mean of that part.
    """
    cells = np.zeros((GRID, GRID), np.float32)
    if geometry.is_stretched:
        cells[:] = np.asarray(Image.fromarray(alpha).resize((GRID, GRID), Image.Resampling.BOX))
    else:
        factor = geometry.side // GRID
        small = Image.fromarray(alpha).resize(
            (geometry.fitted_width, geometry.fitted_height), Image.Resampling.BOX
        )
        covered = np.asarray(small.reduce(factor), np.float32)
        cells[: covered.shape[0], : covered.shape[1]] = covered
    return (cells * (2.0 / 255.0) - 1.0) * np.float32(CERTAIN)


def without_mask(prompts: ModelPrompts, geometry: Geometry) -> ModelPrompts:
    """Return prompts that say the same without a mask input, for a decoder that has none.

    The box around the mask, widened to hold the foreground points, stands in for it unless the user drew one.
    Where the user set no foreground point, the mask's deepest point becomes one, and a second one at least half
    as deep and clear of the first, so that an object in two parts keeps both. An empty mask says nothing.
    """
    if prompts.mask_input is None:
        return prompts
    inside = prompts.mask_input > 0.0
    points, box = prompts.points, prompts.box
    if inside.any():
        clicked = [point for point in points if point.foreground]
        box = box or _box_around(inside, clicked, geometry)
        points = points if clicked else (*points, *_inner_points(inside, geometry))
    return dataclasses.replace(prompts, points=points, box=box, mask_input=None)


def box_as_mask(prompts: ModelPrompts, geometry: Geometry) -> ModelPrompts:
    """Return prompts that say the same without a box, for a decoder that knows points and a mask alone.

    The box becomes the mask, unless there is one, and its middle a foreground point, unless the user set one.
    """
    if prompts.box is None:
        return prompts
    box, points, mask = prompts.box, prompts.points, prompts.mask_input
    if mask is None:
        mask = np.full((GRID, GRID), -CERTAIN, np.float32)
        left, top = _to_grid(box.x0, box.y0, geometry)
        right, bottom = _to_grid(box.x1, box.y1, geometry)
        mask[top : max(bottom, top + 1), left : max(right, left + 1)] = CERTAIN
    if not any(point.foreground for point in points):
        points = (*points, Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
    return dataclasses.replace(prompts, points=points, box=None, mask_input=mask)


def box_as_point(prompts: ModelPrompts) -> ModelPrompts:
    """Return prompts with the middle of the box as a foreground point, unless there is one; for a decoder of points."""
    if prompts.box is None:
        return prompts
    points, box = prompts.points, prompts.box
    if not any(point.foreground for point in points):
        points = (*points, Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
    return dataclasses.replace(prompts, points=points, box=None)


def _to_grid(x: float, y: float, geometry: Geometry) -> tuple[int, int]:
    """Return the edge of the 256 grid that is nearest to a position of the image."""
    cell = geometry.side / GRID
    column, row = geometry.to_model(x, y)
    return min(max(round(column / cell), 0), GRID - 1), min(max(round(row / cell), 0), GRID - 1)


def _box_around(inside: npt.NDArray[np.bool_], clicked: list[Point], geometry: Geometry) -> Box:
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    x0, y0 = _to_image(columns[0], rows[0], geometry)
    x1, y1 = _to_image(columns[-1] + 1, rows[-1] + 1, geometry)
    xs, ys = [x0, x1, *(point.x for point in clicked)], [y0, y1, *(point.y for point in clicked)]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _inner_points(inside: npt.NDArray[np.bool_], geometry: Geometry) -> list[Point]:
    import cv2  # noqa: PLC0415 - the idle daemon does without it

    depth = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[
        1:-1, 1:-1
    ]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    first = float(depth[row, column])
    found = [(column, row)]
    rows, columns = np.ogrid[: depth.shape[0], : depth.shape[1]]
    depth[np.hypot(rows - row, columns - column) < 2.0 * first] = 0.0
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    if depth[row, column] >= SECOND_POINT_DEPTH * first:
        found.append((column, row))
    return [Point(*_to_image(float(x) + 0.5, float(y) + 0.5, geometry)) for x, y in found]


def _to_image(column: float, row: float, geometry: Geometry) -> tuple[float, float]:
    """Return a position on the 256 grid in image coordinates, no further out than the image's edges."""
    cell = geometry.side / GRID
    x = float(column) * cell * geometry.width / geometry.fitted_width
    y = float(row) * cell * geometry.height / geometry.fitted_height
    return min(x, float(geometry.width)), min(y, float(geometry.height))
