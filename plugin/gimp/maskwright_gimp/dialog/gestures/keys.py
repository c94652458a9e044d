# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of the dialog: some work wherever the focus is, others belong to the preview."""

from __future__ import annotations

from typing import Any, Callable, Dict, Protocol

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

from ..preview.canvas import ZOOM_STEP, Canvas
from .cross import Cross

KEY_STEP = 16
_ARROWS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
_ENTER = ("Return", "KP_Enter", "ISO_Enter")


class User(Protocol):
    """What keys can do in the dialog."""

    def apply(self) -> None:
        """Make the mask, and leave."""

    def apply_and_next(self) -> None:
        """Make the mask, and go on with the next object."""

    def take_back(self) -> None:
        """Take the last prompt back."""

    def make_again(self) -> None:
        """Make the prompt again that was taken back last."""

    def clear(self) -> None:
        """Take all prompts away."""

    def next_candidate(self, step: int) -> bool:
        """Show the next candidate; return False where there is none."""

    def close(self) -> None:
        """Leave everything as it is."""


class Keys:
    """Looks at each key before the focused widget does. A text that is being edited keeps its keys, but Escape.

    `cancel` is the button on which Enter leaves, as everybody expects who went there by Tab.
    """

    def __init__(self, window: Any, cancel: Any, canvas: Canvas, cross: Cross, user: User) -> None:
        self._window = window
        self._cancel = cancel
        self._canvas = canvas
        self._cross = cross
        self._user = user
        self._anywhere: Dict[str, Callable[[], None]] = {
            "BackSpace": user.take_back,
            "Delete": user.clear,
            "KP_Delete": user.clear,
        }
        self._in_preview: Dict[str, Callable[[], None]] = {
            "plus": lambda: canvas.zoom_by(ZOOM_STEP),
            "equal": lambda: canvas.zoom_by(ZOOM_STEP),
            "KP_Add": lambda: canvas.zoom_by(ZOOM_STEP),
            "minus": lambda: canvas.zoom_by(1 / ZOOM_STEP),
            "KP_Subtract": lambda: canvas.zoom_by(1 / ZOOM_STEP),
            "0": canvas.fit,
            "1": lambda: canvas.zoom_to(1.0),
        }
        window.connect("key-press-event", self._on_key)

    def _on_key(self, _window: Any, event: Any) -> bool:
        name = Gdk.keyval_name(event.keyval) or ""
        shift = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
        control = bool(event.state & Gdk.ModifierType.CONTROL_MASK)
        focus = self._window.get_focus()
        if name == "Escape":
            self._user.close()
            return True
        if event.state & Gdk.ModifierType.MOD1_MASK:
            return False  # Alt and a letter goes to its control
        if name in _ENTER:
            return self._enter(focus, control=control)
        if isinstance(focus, Gtk.Entry):
            return False
        if self._everywhere(name, control=control, shift=shift):
            return True
        return focus is self._canvas.widget and self._preview_key(name, control=control, shift=shift)

    def _enter(self, focus: Any, *, control: bool) -> bool:
        if isinstance(focus, Gtk.SpinButton) and is_edited(focus):
            focus.update()
            self._canvas.widget.grab_focus()
            return True
        if focus is self._cancel:
            return False
        (self._user.apply_and_next if control else self._user.apply)()
        return True

    def _everywhere(self, name: str, *, control: bool, shift: bool) -> bool:
        if control and name.lower() in ("z", "y"):
            back = name.lower() == "z" and not shift
            (self._user.take_back if back else self._user.make_again)()
            return True
        if control or name not in self._anywhere:
            return False
        self._anywhere[name]()
        return True

    def _preview_key(self, name: str, *, control: bool, shift: bool) -> bool:
        if name in ("Tab", "ISO_Left_Tab") and not control:
            return self._user.next_candidate(-1 if shift or name != "Tab" else 1)
        if name in _ARROWS:
            dx, dy = _ARROWS[name]
            step = 1 if shift else KEY_STEP
            self._cross.move(dx * step, dy * step)
            return True
        if name == "space":
            self._cross.click(foreground=not shift)
            return True
        if control or name not in self._in_preview:
            return False
        self._in_preview[name]()
        return True


def is_edited(spin: Any) -> bool:
    """Whether the text of a number differs from the number, which it becomes by Enter or when the focus leaves."""
    shown = f"{spin.get_value():.{spin.get_digits()}f}"
    return bool(spin.get_text().strip() != shown)
