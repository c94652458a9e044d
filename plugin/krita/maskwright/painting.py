# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over the canvas: the mask's tint and outline, points and box. All in the screen's own pixels.

The outline is made where it is seen: the mask is drawn through the view's transform first, then drawn again some
pixels to every side, and itself is taken out of that. So it is as fine at 1600% as at 10%.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple

from maskwright_plugin.prompts import Prompts
from maskwright_plugin.state import Preview

from .mapping import Mapping
from .qt import Qt, QtCore, QtGui

_Mode = QtGui.QPainter.CompositionMode
_AROUND = ((-1, 0), (1, 0), (0, -1), (0, 1), (-0.7, -0.7), (0.7, -0.7), (-0.7, 0.7), (0.7, 0.7))
DARK, LIGHT = QtGui.QColor(0, 0, 0, 200), QtGui.QColor(255, 255, 255, 255)


class Look(NamedTuple):
    """How a mask is shown."""

    tint: Any
    inner: Any
    outer: Any


CHOSEN = Look(QtGui.QColor(0, 130, 255, 90), LIGHT, DARK)
HOVER = Look(QtGui.QColor(255, 255, 255, 50), QtGui.QColor(0, 130, 255, 220), None)


class MaskPicture:
    """A mask drawn for one mapping, kept until either changes."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._key: Optional[Tuple[Any, ...]] = None
        self._image: Any = None
        self._corner = QtCore.QPointF()

    def paint(self, painter: Any, preview: Preview, mapping: Mapping, ratio: float) -> None:
        """Draw it; `ratio` is the widget's device pixel ratio."""
        key = (id(preview.alpha), preview.bounds, preview.view, mapping.key, ratio)
        if key != self._key:
            self._render(preview, mapping, ratio)
            self._key = key
        if self._image is not None:
            painter.drawImage(self._corner, self._image)

    def _render(self, preview: Preview, mapping: Mapping, ratio: float) -> None:
        self._image = None
        bounds, view = preview.bounds, preview.view
        if bounds.is_empty:
            return
        place = QtCore.QRectF(*bounds)
        spread = QtGui.QTransform.fromTranslate(view.x, view.y)
        spread.scale(view.width / view.columns, view.height / view.rows)
        tiles = [spread * tile for tile in mapping.tiles()]
        area = QtCore.QRectF()
        for tile in tiles:
            area = area.united(tile.mapRect(place))
        margin = 4
        seen = QtCore.QRectF(0, 0, *mapping.widget).adjusted(-margin, -margin, margin, margin)
        area = QtCore.QRectF(
            area.adjusted(-margin, -margin, margin, margin).intersected(seen).toAlignedRect()
        )
        if area.isEmpty():
            return
        mask = _blank(area, ratio)
        _draw(mask, _alpha_image(preview), place.topLeft(), tiles, area)
        self._image = _dressed(mask, self._look, area, ratio)
        self._corner = area.topLeft()


def _alpha_image(preview: Preview) -> Any:
    width, height = preview.bounds.width, preview.bounds.height
    data = bytes(preview.alpha)
    image = QtGui.QImage(data, width, height, width, QtGui.QImage.Format.Format_Alpha8)
    return image.copy()  # PyQt's QImage does not keep its buffer alive


def _blank(area: Any, ratio: float) -> Any:
    size = QtCore.QSize(round(area.width() * ratio), round(area.height() * ratio))
    image = QtGui.QImage(size, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    return image


def _draw(target: Any, alpha: Any, corner: Any, tiles: Any, area: Any) -> None:
    painter = QtGui.QPainter(target)
    smooth = abs(tiles[0].determinant()) < 1.0
    painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, smooth)
    for tile in tiles:
        painter.setTransform(tile * QtGui.QTransform.fromTranslate(-area.x(), -area.y()))
        painter.drawImage(corner, alpha)
    painter.end()


def _dressed(mask: Any, look: Look, area: Any, ratio: float) -> Any:
    result = _blank(area, ratio)
    painter = QtGui.QPainter(result)
    if look.outer is not None:
        painter.drawImage(0, 0, _ring(mask, 2.0, look.outer, area, ratio))
    painter.drawImage(0, 0, _ring(mask, 1.0, look.inner, area, ratio))
    painter.drawImage(0, 0, _coloured(mask, look.tint))
    painter.end()
    return result


def _ring(mask: Any, width: float, colour: Any, area: Any, ratio: float) -> Any:
    ring = _blank(area, ratio)
    painter = QtGui.QPainter(ring)
    for x, y in _AROUND:
        painter.drawImage(QtCore.QPointF(x * width, y * width), mask)
    painter.setCompositionMode(_Mode.CompositionMode_DestinationOut)
    painter.drawImage(0, 0, mask)
    painter.end()
    return _coloured(ring, colour)


def _coloured(mask: Any, colour: Any) -> Any:
    image = mask.copy()
    painter = QtGui.QPainter(image)
    painter.setCompositionMode(_Mode.CompositionMode_SourceIn)
    size = image.deviceIndependentSize() if hasattr(image, "deviceIndependentSize") else image.size()
    painter.fillRect(QtCore.QRectF(0, 0, size.width(), size.height()), colour)
    painter.end()
    return image


def paint_prompts(painter: Any, prompts: Prompts, mapping: Mapping) -> None:
    """Draw the points (a plus belongs to the object, a minus does not) and the box, in every visible tile."""
    for tile in mapping.tiles():
        if prompts.box is not None:
            box = prompts.box
            rect = QtCore.QRectF(QtCore.QPointF(box.x0, box.y0), QtCore.QPointF(box.x1, box.y1))
            paint_box(painter, tile.map(QtGui.QPolygonF(rect)))
        for point in prompts.points:
            _paint_point(painter, tile.map(QtCore.QPointF(point.x, point.y)), foreground=point.foreground)


def paint_box(painter: Any, polygon: Any) -> None:
    """Draw a box's outline, light on dark, given in widget coordinates."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QtGui.QPen(DARK, 3))
    painter.drawPolygon(polygon)
    painter.setPen(QtGui.QPen(LIGHT, 1, Qt.PenStyle.DashLine))
    painter.drawPolygon(polygon)


def _paint_point(painter: Any, at: Any, *, foreground: bool) -> None:
    painter.setPen(QtGui.QPen(LIGHT, 1.5))
    painter.setBrush(QtGui.QColor(0, 110, 230) if foreground else QtGui.QColor(215, 75, 0))
    painter.drawEllipse(at, 7.0, 7.0)
    painter.setPen(QtGui.QPen(LIGHT, 2))
    arm = QtCore.QPointF(3.5, 0)
    painter.drawLine(at - arm, at + arm)
    if foreground:
        arm = QtCore.QPointF(0, 3.5)
        painter.drawLine(at - arm, at + arm)
