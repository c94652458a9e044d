# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the picking mode, taken before Krita's shortcuts of the same keys.

Some are taken from the actions whose shortcuts they are. Tab: Krita keeps it from whatever would take it on a canvas
(KisQtWidgetsTweaker), so that it always ends there. Ctrl+Z: while a docker has the keyboard the canvas is not asked,
and Krita would undo the image's history in place of a click.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from ..qt import Qt, QtCore, QtGui
from .gestures import Intents

_Key, _Mod = Qt.Key, Qt.KeyboardModifier
TAB = QtGui.QKeySequence(_Key.Key_Tab)
_UNDO, _REDO = QtGui.QKeySequence("Ctrl+Z"), QtGui.QKeySequence("Ctrl+Shift+Z")
RIVALS = (TAB, _UNDO, _REDO)
"""Shortcuts that are taken from Krita's actions."""

_PLAIN = (_Mod.NoModifier, _Mod.KeypadModifier)


class Keys:
    """Enter applies (with Shift, Alt or both as the selection tools), Esc leaves, Backspace and Ctrl+Z take back."""

    def __init__(self, intents: Intents) -> None:
        self._intents = intents

    def handle(self, event: Any) -> bool:
        """Do what a key press says; return whether it was one of ours.

        Qt first asks whether a widget wants a key for itself (ShortcutOverride), and sends it only then.
        """
        action = self._action(event.key(), event.modifiers())
        if action is None:
            return False
        event.accept()
        if event.type() == QtCore.QEvent.Type.KeyPress:
            action()
        return True

    def handle_shortcut(self, event: Any, *, at_canvas: bool) -> bool:
        """Do what a key says in place of an action whose shortcut it is; return whether it was one of ours.

        `at_canvas`: whether the canvas has the keyboard; elsewhere Tab goes on to the next control.
        """
        if event.key() == TAB and at_canvas:
            self._intents.next_candidate(1)
        elif event.key() == _UNDO:
            self._intents.undo()
        elif event.key() == _REDO:
            self._intents.redo()
        else:
            return False
        return True

    def _action(self, key: Any, modifiers: Any) -> Optional[Callable[[], None]]:
        wanted = self._intents
        if key in (_Key.Key_Return, _Key.Key_Enter):
            return lambda: wanted.apply(modifiers)
        if key == _Key.Key_Backtab:
            return lambda: wanted.next_candidate(-1)
        if modifiers == _Mod.ControlModifier | _Mod.ShiftModifier:
            return {_Key.Key_Z: wanted.redo}.get(key)
        if modifiers == _Mod.ControlModifier:
            return {_Key.Key_Z: wanted.undo}.get(key)
        if modifiers in _PLAIN:
            plain = {_Key.Key_Escape: wanted.cancel, _Key.Key_Backspace: wanted.undo}
            return {**plain, _Key.Key_Tab: lambda: wanted.next_candidate(1)}.get(key)
        return None
