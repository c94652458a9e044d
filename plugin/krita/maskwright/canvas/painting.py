# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over the canvas beside the mask: points and boxes, in the screen's own pixels."""

from __future__ import annotations

from typing import Any

from maskwright_plugin.picking.prompts import Prompts

from ..qt import Qt, QtCore, QtGui
from .mapping import Mapping
from .mask_picture import DARK, LIGHT


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
