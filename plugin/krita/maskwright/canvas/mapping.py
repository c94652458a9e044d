# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the image and the canvas widget, wrap-around included: where a click is, and where tiles are seen."""

from __future__ import annotations

import math
from typing import Any, Iterator, NamedTuple, Tuple

from maskwright_shared.geometry import Bounds, Box, View

from ..qt import QtCore, QtGui

MOST_TILES = 400
"""Tiles drawn in wrap-around mode; more of them are too small to see a mask in."""


class Mapping(NamedTuple):
    """One state of a view: image to widget, the widget's size, the image's size, and in which ways it repeats."""

    transform: Any
    widget: Tuple[int, int]
    image: Tuple[int, int]
    wraps: Tuple[bool, bool]

    @property
    def scale(self) -> float:
        """Logical pixels of the widget per pixel of the image."""
        return float(math.sqrt(abs(self.transform.determinant())))

    @property
    def key(self) -> Tuple[Any, ...]:
        """Equal for equal mappings."""
        t = self.transform
        return (t.m11(), t.m12(), t.m21(), t.m22(), t.dx(), t.dy(), self.widget, self.image, self.wraps)

    def to_image(self, x: float, y: float) -> Tuple[float, float]:
        """Return the image position under a widget position; in wrap-around mode that of the tile may lie outside."""
        back, _ = self.transform.inverted()
        point = back.map(QtCore.QPointF(x, y))
        return point.x(), point.y()

    def tile(self, x: float, y: float) -> Tuple[int, int]:
        """Return by how many pixels the tile under an image position is shifted."""
        across = math.floor(x / self.image[0]) * self.image[0] if self.wraps[0] else 0
        down = math.floor(y / self.image[1]) * self.image[1] if self.wraps[1] else 0
        return across, down

    def inside(self, x: float, y: float) -> bool:
        """Whether an image position lies in the image."""
        return 0 <= x < self.image[0] and 0 <= y < self.image[1]

    def clipped(self, box: Box) -> Box:
        """Return the part of the box that lies in the image."""
        width, height = self.image
        xs = [min(max(value, 0.0), float(width)) for value in (box.x0, box.x1)]
        ys = [min(max(value, 0.0), float(height)) for value in (box.y0, box.y1)]
        return Box(xs[0], ys[0], xs[1], ys[1])

    def visible(self) -> Any:
        """Return the image rectangle that the widget shows, as a QRectF; it may reach outside the image."""
        back, _ = self.transform.inverted()
        return back.mapRect(QtCore.QRectF(0, 0, *self.widget))

    def tiles(self) -> Iterator[Any]:
        """Yield the transform of every visible repetition of the image, at least the image's own."""
        seen = self.visible()
        columns = _span(seen.left(), seen.right(), self.image[0]) if self.wraps[0] else range(1)
        rows = _span(seen.top(), seen.bottom(), self.image[1]) if self.wraps[1] else range(1)
        if len(columns) * len(rows) > MOST_TILES:
            columns, rows = range(1), range(1)
        for row in rows:
            for column in columns:
                shift = QtGui.QTransform.fromTranslate(column * self.image[0], row * self.image[1])
                yield shift * self.transform

    def view(self, picture: Bounds, ratio: float, longest: int) -> View:
        """Return the view for sharp previews: what is seen of the picture, no finer than the image or the screen."""
        seen = self.visible().toAlignedRect()
        part = Bounds(seen.x(), seen.y(), seen.width(), seen.height()).grown(64).intersection(picture)
        if part.is_empty or any(self.wraps):
            part = picture
        scale = min(1.0, self.scale * ratio, longest / max(part.width, part.height))
        columns, rows = max(1, round(part.width * scale)), max(1, round(part.height * scale))
        return View(float(part.x), float(part.y), float(part.width), float(part.height), columns, rows)


def _span(low: float, high: float, size: int) -> range:
    return range(math.floor(low / size), math.floor(high / size) + 1)
