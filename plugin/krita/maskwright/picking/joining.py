# SPDX-License-Identifier: GPL-3.0-or-later
"""What Shift, Alt and Ctrl mean for the selection: the same as with Krita's own selection tools."""

from __future__ import annotations

from typing import Any, Callable, Optional

from maskwright_plugin.host import Operation

from ..qt import Qt

_Mod = Qt.KeyboardModifier


def operation_of(modifiers: Any, is_selected: Callable[[], bool]) -> Optional[Operation]:
    """Return what the keys say, or None where they say nothing; without a selection Alt has nothing to take from."""
    if modifiers is None:
        return None
    shift, alt = bool(modifiers & _Mod.ShiftModifier), bool(modifiers & _Mod.AltModifier)
    if alt and not is_selected():
        return None
    if alt:
        return Operation.INTERSECT if shift else Operation.SUBTRACT
    if shift:
        return Operation.ADD
    return Operation.REPLACE if modifiers & _Mod.ControlModifier else None
