# SPDX-License-Identifier: GPL-3.0-or-later
"""A preview's mask as Qt can draw it, and a coarse map of it that tells at once where there is nothing to draw."""

from __future__ import annotations

import math
from typing import Any, List, Optional

from maskwright_plugin.picking.state import Preview

from ..qt import Qt, QtCore, QtGui

BLOCK = 8
"""Mask pixels to a side of the map's blocks: few enough that one lone pixel still shows in their average."""

_Format = QtGui.QImage.Format
_BLACK = [QtGui.qRgba(0, 0, 0, alpha) for alpha in range(256)]


class MaskAlpha:
    """The mask of one preview; coordinates are its own pixels, origin at the top left of `preview.bounds`."""

    def __init__(self, preview: Preview) -> None:
        width, height = preview.bounds.width, preview.bounds.height
        data = bytes(preview.alpha)
        # By a colour table: Qt 5 converts Format_Alpha8 four times more slowly. The result owns its pixels, which an
        # image made of Python's bytes does not.
        indexed = QtGui.QImage(data, width, height, width, _Format.Format_Indexed8)
        indexed.setColorTable(_BLACK)
        self.image = indexed.convertToFormat(_Format.Format_ARGB32_Premultiplied)
        self._rect = QtCore.QRectF(0, 0, width, height)
        self._rows = _averages(self.image)

    def within(self, rect: Any) -> Optional[bool]:
        """Return whether the mask is all inside in a QRectF (True) or all outside (False); None where it is both."""
        part = rect.intersected(self._rect)
        if part.isEmpty():
            return False
        rows, columns = len(self._rows), len(self._rows[0])
        across, down = columns / self._rect.width(), rows / self._rect.height()
        left, right = math.floor(part.left() * across), math.ceil(part.right() * across)
        lines = [
            line[left:right]
            for line in self._rows[math.floor(part.top() * down) : math.ceil(part.bottom() * down)]
        ]
        if not any(map(any, lines)):
            return False
        if self._rect.contains(rect) and min(map(min, lines)) >= _FULL:
            return True
        return None


_FULL = 254
"""An average of nothing but 255 may come out one less."""


def _averages(image: Any) -> List[bytes]:
    """Return the average alpha of each block, a row of blocks at a time."""
    columns, rows = math.ceil(image.width() / BLOCK), math.ceil(image.height() / BLOCK)
    ratio, way = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    small = image.scaled(columns, rows, ratio, way).convertToFormat(_Format.Format_Alpha8)
    bits = small.constBits()
    bits.setsize(small.sizeInBytes())
    data, stride = bytes(bits), small.bytesPerLine()
    return [data[row * stride : row * stride + columns] for row in range(rows)]
