# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the keyboard belongs to: the canvas as soon as the pointer is over it, unless a text is being edited."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtWidgets


def give_keyboard(canvas: Any) -> bool:
    """Give the canvas the keyboard, as Krita does; a floating docker gives it up too, a dialog does not.

    Return whether the canvas has it only now.
    """
    if canvas.hasFocus() or QtWidgets.QApplication.activePopupWidget() is not None or _is_editing():
        return False
    active = QtWidgets.QApplication.activeWindow()
    if isinstance(active, QtWidgets.QDockWidget):
        canvas.window().activateWindow()
    elif active is not canvas.window():
        return False
    canvas.setFocus(Qt.FocusReason.MouseFocusReason)
    return True


def _is_editing() -> bool:
    """Whether somebody has begun to write into a field: what is written must not be cut off by a moved mouse."""
    field = QtWidgets.QApplication.focusWidget()
    if isinstance(field, QtWidgets.QAbstractSpinBox):
        field = field.findChild(QtWidgets.QLineEdit)
    if isinstance(field, QtWidgets.QLineEdit):
        return bool(field.isModified())
    if isinstance(field, (QtWidgets.QTextEdit, QtWidgets.QPlainTextEdit)):
        return bool(field.document().isModified())
    return False
