# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita's own tool below the overlay: it draws its outline where it last saw the pointer."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtCore, QtGui


def hide_tool(canvas: Any) -> None:
    """Move Krita's pointer away, or the brush's outline would stay where it was, over the mask."""
    away = QtCore.QPointF(-1e4, -1e4)
    none = Qt.MouseButton.NoButton
    keys = Qt.KeyboardModifier.NoModifier
    moved = QtGui.QMouseEvent(QtCore.QEvent.Type.MouseMove, away, away, none, none, keys)
    QtCore.QCoreApplication.sendEvent(canvas, moved)
