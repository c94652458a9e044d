# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to Qt: PyQt5 where Krita has it, else PyQt6, with the few differences levelled.

PyQt5 is tried first: beside a Krita built on Qt 5 a system's PyQt6 would load a second Qt into the process. Krita 5.3
and later say which one they are built on. Write enums in their full form (`Qt.MouseButton.LeftButton`): both know it.
"""

from __future__ import annotations

from typing import Any


def _major() -> int:
    try:
        import pykrita  # noqa: PLC0415 - Krita's own module, there since 5.3 with a version in it
    except ImportError:
        return 0
    version = getattr(pykrita, "qt_major_version", None)
    return int(version() if callable(version) else version or 0)


def _pick() -> int:
    if _major() == 6:
        return 6
    try:
        import PyQt5.QtCore  # noqa: F401, PLC0415 - is it there?
    except ImportError:
        return 6
    return 5


QT = _pick()

if QT == 5:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip
    from PyQt5.QtWidgets import QAction
else:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip
    from PyQt6.QtGui import QAction

Qt = QtCore.Qt
Signal = QtCore.pyqtSignal


def position(event: Any) -> Any:
    """Return where a mouse or tablet event is, as a QPointF of the widget (pens have fractions)."""
    if hasattr(event, "position"):
        return event.position()
    return event.posF() if hasattr(event, "posF") else event.localPos()


def is_gone(thing: Any) -> bool:
    """Return whether the C++ side of a wrapper was destroyed."""
    return thing is None or bool(sip.isdeleted(thing))


__all__ = ["QT", "QAction", "Qt", "QtCore", "QtGui", "QtWidgets", "Signal", "is_gone", "position", "sip"]
