# SPDX-License-Identifier: GPL-3.0-or-later
"""The pixel grid that a mask is made in, and how it lies over the image."""

from __future__ import annotations

import math
from typing import NamedTuple

from maskwright_shared.geometry import Bounds, View


class Raster(NamedTuple):
    """A grid over an image: pixel (i, j) has its centre at (x + (i + 0.5) * dx, y + (j + 0.5) * dy) in the image.

    `dx` and `dy` are image pixels per raster pixel: above 1 the raster is a reduced view, below 1 an enlarged one.
    """

    x: float
    y: float
    dx: float
    dy: float
    columns: int
    rows: int

    @classmethod
    def of_image(cls, width: int, height: int) -> Raster:
        """Return the raster whose pixels are the image's own."""
        return cls(0.0, 0.0, 1.0, 1.0, width, height)

    @classmethod
    def of_view(cls, view: View) -> Raster:
        """Return the raster that a view asks for."""
        return cls(
            view.x, view.y, view.width / view.columns, view.height / view.rows, view.columns, view.rows
        )

    @property
    def pitch(self) -> float:
        """Image pixels per raster pixel, as the mean of both axes."""
        return math.sqrt(self.dx * self.dy)

    def within(self, width: int, height: int) -> Bounds:
        """Return the raster pixels whose centres lie in an image of that size (empty if none does)."""
        left, right = _span(self.x, self.dx, self.columns, width)
        top, bottom = _span(self.y, self.dy, self.rows, height)
        if right <= left or bottom <= top:
            return Bounds(0, 0, 0, 0)
        return Bounds(left, top, right - left, bottom - top)

    def window(self, bounds: Bounds) -> Raster:
        """Return the raster of the pixels in `bounds`, which may reach outside."""
        return Raster(
            self.x + bounds.x * self.dx,
            self.y + bounds.y * self.dy,
            self.dx,
            self.dy,
            bounds.width,
            bounds.height,
        )

    def scaled(self, factor: float) -> Raster:
        """Return a raster of the same part of the image with pixels `factor` times as large."""
        return Raster(
            self.x,
            self.y,
            self.dx * factor,
            self.dy * factor,
            math.ceil(self.columns / factor),
            math.ceil(self.rows / factor),
        )


def _span(start: float, step: float, count: int, size: int) -> tuple[int, int]:
    first = math.ceil(-start / step - 0.5)
    stop = math.ceil((size - start) / step - 0.5)
    return min(max(first, 0), count), min(max(stop, 0), count)
