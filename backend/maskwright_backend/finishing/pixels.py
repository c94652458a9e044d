# SPDX-License-Identifier: GPL-3.0-or-later
"""The image's colours, a tile at a time: the whole image is never converted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskwright_shared.geometry import Bounds

    from .raster import Raster

_TO_RGB = {
    "GRAY": cv2.COLOR_GRAY2RGB,
    "RGB": None,
    "RGBA": cv2.COLOR_RGBA2RGB,
    "BGRA": cv2.COLOR_BGRA2RGB,
}


class Pixels(NamedTuple):
    """An image as a client put it: (height, width, channels) uint8, or (height, width), in the layout `channels`."""

    buffer: NDArray[np.uint8]
    channels: str

    def tile(self, raster: Raster, part: Bounds) -> NDArray[np.float32]:
        """Return RGB, 0 to 1, of a part of a raster: means where the raster is coarser than the image.

        Positions outside the image take the border's colours.
        """
        rows, row_sides = _reach(raster.y, raster.dy, part.y, part.height, self.buffer.shape[0])
        columns, column_sides = _reach(raster.x, raster.dx, part.x, part.width, self.buffer.shape[1])
        tile = self.buffer[rows, columns]
        if any(row_sides + column_sides):
            tile = cv2.copyMakeBorder(tile, *row_sides, *column_sides, cv2.BORDER_REPLICATE)
        if tile.shape[:2] != (part.height, part.width):
            tile = cv2.resize(tile, (part.width, part.height), interpolation=cv2.INTER_AREA)
        return self._rgb(tile)

    def at(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return RGB, 0 to 1, of the pixels where these rows and columns cross; outside ones are the border's."""
        height, width = self.buffer.shape[:2]
        return self._rgb(self.buffer[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)])

    def _rgb(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        to_rgb = _TO_RGB[self.channels]
        plain = part if to_rgb is None else cv2.cvtColor(part, to_rgb)
        rgb = plain.astype(np.float32)
        rgb *= np.float32(1 / 255)
        if self.channels in ("RGBA", "BGRA") and part[:, :, 3].min() < 255:
            # Where a layer is transparent its colour says nothing: over mid-grey its shape shows.
            share = part[:, :, 3:].astype(np.float32) / 255
            rgb += (0.5 - rgb) * (1 - share)
        return rgb


def _reach(origin: float, step: float, first: int, count: int, size: int) -> tuple[slice, tuple[int, int]]:
    """Return the image's pixels under raster pixels, and how many more are needed before and after them."""
    start = round(origin + first * step)
    stop = max(start + 1, round(origin + (first + count) * step))
    inside_start, inside_stop = min(max(start, 0), size - 1), max(min(stop, size), 1)
    inside_stop = max(inside_stop, inside_start + 1)
    return slice(inside_start, inside_stop), (max(0, inside_start - start), max(0, stop - inside_stop))
