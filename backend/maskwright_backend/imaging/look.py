# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model looks at: a stored picture as a whole, or a window of it at the picture's own resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Bounds, Box, Point, View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .layouts import Pixels
    from .stored import StoredImage


@dataclass(frozen=True)
class Look:
    """A picture and the `window` of it that is looked at, in the picture's pixels; never empty."""

    image: StoredImage
    window: Bounds

    @classmethod
    def at(cls, image: StoredImage, window: Bounds | None = None) -> Look:
        """Look at a window of the picture, or at all of it.

        Raises:
            RequestError: `request.window` for one that is empty or reaches outside.
        """
        whole = Bounds(0, 0, image.width, image.height)
        chosen = whole if window is None else window
        if chosen.is_empty or chosen.intersection(whole) != chosen:
            raise RequestError("request.window", "The window must lie inside the picture and hold pixels.")
        return cls(image, chosen)

    @property
    def name(self) -> str:
        """What names the pixels: the picture's own name, or that and the window."""
        return self.image.name if self.is_whole else f"{self.image.name} {tuple(self.window)}"

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole picture."""
        return self.window == Bounds(0, 0, self.image.width, self.image.height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.window.width, self.window.height

    @property
    def pixels(self) -> Pixels:
        """The pixels (height, width, channels), a view of the store's own memory."""
        from .layouts import as_pixels  # noqa: PLC0415 - OpenCV, which an idle daemon need not hold

        window = self.window
        return as_pixels(self.image)[window.y : window.bottom, window.x : window.right]

    def points(self, points: Iterable[Point]) -> tuple[Point, ...]:
        """Return the points that lie in it, in its own coordinates; of the whole picture all, wherever they lie."""
        moved = (point._replace(x=point.x - self.window.x, y=point.y - self.window.y) for point in points)
        width, height = self.size
        return tuple(
            point for point in moved if self.is_whole or (0 <= point.x <= width and 0 <= point.y <= height)
        )

    def box(self, box: Box | None) -> Box | None:
        """Return the box in its own coordinates, cut to a window; None where nothing is left of it."""
        if box is None or self.is_whole:
            return box
        window = self.window
        x0, y0 = max(box.x0 - window.x, 0.0), max(box.y0 - window.y, 0.0)
        x1, y1 = min(box.x1 - window.x, float(window.width)), min(box.y1 - window.y, float(window.height))
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def view(self, view: View) -> View:
        """Return a view of the picture in its own coordinates."""
        return view._replace(x=view.x - self.window.x, y=view.y - self.window.y)

    def touches_side(self, bounds: Bounds) -> bool:
        """Say whether bounds (its own coordinates) reach a side of the window that is none of the picture's."""
        if bounds.is_empty:
            return False
        width, height = self.size
        window, image = self.window, self.image
        return (
            (bounds.x <= 0 < window.x)
            or (bounds.y <= 0 < window.y)
            or (bounds.right >= width and window.right < image.width)
            or (bounds.bottom >= height and window.bottom < image.height)
        )
