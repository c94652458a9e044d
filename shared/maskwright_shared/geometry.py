# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles and points in image coordinates: pixels, origin at the top left, x before y, y downwards.

The pixel in column i and row j covers [i, i + 1) x [j, j + 1); its centre is (i + 0.5, j + 0.5).
"""

from __future__ import annotations

from typing import NamedTuple, Optional


class Point(NamedTuple):
    """A prompt point: a position in image coordinates, and whether it belongs to the object."""

    x: float
    y: float
    foreground: bool = True


class Box(NamedTuple):
    """A prompt box from its top-left corner (x0, y0) to its bottom-right one (x1, y1), in image coordinates."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def spanning(cls, ax: float, ay: float, bx: float, by: float) -> Box:
        """Return the box with the two given corners, whichever way the drag went."""
        return cls(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


class Bounds(NamedTuple):
    """A rectangle of whole pixels: left column, top row, width and height (0 when empty)."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the rectangle."""
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        """Whether there is no pixel in it."""
        return self.width <= 0 or self.height <= 0

    @property
    def area(self) -> int:
        """The number of pixels in it."""
        return max(0, self.width) * max(0, self.height)

    def moved(self, dx: int, dy: int) -> Bounds:
        """Return the rectangle shifted by (dx, dy)."""
        return Bounds(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, margin: int) -> Bounds:
        """Return the rectangle with `margin` more pixels on every side (fewer where it is negative)."""
        return Bounds(
            self.x - margin,
            self.y - margin,
            max(0, self.width + 2 * margin),
            max(0, self.height + 2 * margin),
        )

    def intersection(self, other: Bounds) -> Bounds:
        """Return what both have in common; an empty rectangle where that is nothing."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        width = max(0, min(self.right, other.right) - left)
        height = max(0, min(self.bottom, other.bottom) - top)
        return Bounds(left, top, width, height)

    def union(self, other: Bounds) -> Bounds:
        """Return the smallest rectangle that holds both; an empty one adds nothing."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        left, top = min(self.x, other.x), min(self.y, other.y)
        return Bounds(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)


class View(NamedTuple):
    """The part of an image that a preview shows, and the raster it is wanted in.

    `x, y, width, height` is a rectangle in image coordinates (fractions allowed, it may reach outside the
    image); `columns x rows` is the raster of the preview in device pixels.
    """

    x: float
    y: float
    width: float
    height: float
    columns: int
    rows: int

    @classmethod
    def whole(cls, width: int, height: int, longest: Optional[int] = None) -> View:
        """Return the view of a whole image, scaled down so that no side is longer than `longest`."""
        scale = min(1.0, longest / max(width, height)) if longest else 1.0
        return cls(
            0.0, 0.0, float(width), float(height), max(1, round(width * scale)), max(1, round(height * scale))
        )
