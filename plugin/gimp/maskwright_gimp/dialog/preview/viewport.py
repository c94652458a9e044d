# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the image the preview shows, and how large."""

from __future__ import annotations

import math
from typing import NamedTuple, Tuple

from maskwright_shared.geometry import Bounds, View

LARGEST_ZOOM = 32.0
LARGEST_FIT = 8.0


class Viewport(NamedTuple):
    """A preview of width x height screen pixels that shows `bounds` of the image at `zoom` screen pixels a pixel.

    (x, y) is the point of the image at the preview's top-left corner. A picture smaller than the preview lies in
    its middle, a larger one fills it.
    """

    bounds: Bounds
    width: int
    height: int
    zoom: float
    x: float
    y: float

    @classmethod
    def fitting(cls, bounds: Bounds, width: int, height: int) -> Viewport:
        """Return the viewport that shows all of `bounds`."""
        width, height = max(1, width), max(1, height)
        zoom = min(width / bounds.width, height / bounds.height, LARGEST_FIT)
        return cls(bounds, width, height, zoom, 0.0, 0.0).settled()

    @property
    def smallest_zoom(self) -> float:
        """The zoom at which all of the picture is seen, or 1:1 where that is smaller."""
        return min(1.0, self.fitting_zoom)

    @property
    def fitting_zoom(self) -> float:
        """The zoom at which the picture fits."""
        return min(self.width / self.bounds.width, self.height / self.bounds.height, LARGEST_FIT)

    def resized(self, width: int, height: int) -> Viewport:
        """Return the viewport of another size with the same middle and zoom."""
        middle = self.to_image(self.width / 2, self.height / 2)
        larger = self._replace(width=max(1, width), height=max(1, height))
        return larger.centred(*middle)

    def zoomed(self, factor: float, at: Tuple[float, float]) -> Viewport:
        """Return the viewport zoomed by `factor`; the image's point under `at` (screen pixels) stays there."""
        return self.at_zoom(self.zoom * factor, at)

    def at_zoom(self, zoom: float, at: Tuple[float, float]) -> Viewport:
        """Return the viewport at that zoom; see `zoomed`."""
        x, y = self.to_image(*at)
        zoom = min(max(zoom, self.smallest_zoom), LARGEST_ZOOM)
        return self._replace(zoom=zoom, x=x - at[0] / zoom, y=y - at[1] / zoom).settled()

    def panned(self, dx: float, dy: float) -> Viewport:
        """Return the viewport after the picture was pulled by (dx, dy) screen pixels."""
        return self._replace(x=self.x - dx / self.zoom, y=self.y - dy / self.zoom).settled()

    def centred(self, x: float, y: float) -> Viewport:
        """Return the viewport with that point of the image in its middle, as far as the picture reaches."""
        left, top = x - self.width / self.zoom / 2, y - self.height / self.zoom / 2
        return self._replace(x=left, y=top).settled()

    def showing(self, x: float, y: float) -> Viewport:
        """Return the viewport moved just so far that the point of the image is in it."""
        cx, cy = self.to_screen(x, y)
        dx = min(0.0, self.width - 24 - cx) + max(0.0, 24 - cx)
        dy = min(0.0, self.height - 24 - cy) + max(0.0, 24 - cy)
        return self.panned(dx, dy) if dx or dy else self

    def to_image(self, cx: float, cy: float) -> Tuple[float, float]:
        """Return the image's point under a screen pixel of the preview."""
        return self.x + cx / self.zoom, self.y + cy / self.zoom

    def to_screen(self, x: float, y: float) -> Tuple[float, float]:
        """Return where a point of the image is seen."""
        return (x - self.x) * self.zoom, (y - self.y) * self.zoom

    @property
    def shown(self) -> Tuple[int, int, int, int]:
        """The screen rectangle (x, y, width, height) that the picture covers."""
        left, top = self.to_screen(self.bounds.x, self.bounds.y)
        right, bottom = self.to_screen(self.bounds.right, self.bounds.bottom)
        x0, y0 = max(0, math.floor(left + 0.5)), max(0, math.floor(top + 0.5))
        x1, y1 = min(self.width, math.ceil(right - 0.5)), min(self.height, math.ceil(bottom - 0.5))
        return x0, y0, max(1, x1 - x0), max(1, y1 - y0)

    @property
    def view(self) -> View:
        """What to ask the session for: screen pixels when zoomed out, the image's own pixels when zoomed in."""
        x0, y0, width, height = self.shown
        left, top = self.to_image(x0, y0)
        if self.zoom < 1.0:
            return View(left, top, width / self.zoom, height / self.zoom, width, height)
        right, bottom = self.to_image(x0 + width, y0 + height)
        x, y = max(self.bounds.x, math.floor(left)), max(self.bounds.y, math.floor(top))
        columns = max(1, min(self.bounds.right, math.ceil(right)) - x)
        rows = max(1, min(self.bounds.bottom, math.ceil(bottom)) - y)
        return View(float(x), float(y), float(columns), float(rows), columns, rows)

    def settled(self) -> Viewport:
        """Return it with the picture in view, and its corner on a whole screen pixel, or 1:1 would be blurred."""
        x = _settled(self.x, self.width / self.zoom, self.bounds.x, self.bounds.width)
        y = _settled(self.y, self.height / self.zoom, self.bounds.y, self.bounds.height)
        left = round((x - self.bounds.x) * self.zoom) / self.zoom
        top = round((y - self.bounds.y) * self.zoom) / self.zoom
        return self._replace(x=self.bounds.x + left, y=self.bounds.y + top)


def _settled(start: float, seen: float, first: int, length: int) -> float:
    """Return where to start so that `seen` of [first, first + length) is in view, or all of it in the middle."""
    if seen >= length:
        return first + (length - seen) / 2
    return min(max(start, float(first)), first + length - seen)
