# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog's window: what stands where, and its buttons."""

from __future__ import annotations

from typing import Any, Callable, Protocol

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

from ..texts import _
from .preview.canvas import ZOOM_STEP, Canvas


class User(Protocol):
    """What the buttons do."""

    def apply(self) -> None:
        """Make the mask, and leave."""

    def apply_and_next(self) -> None:
        """Make the mask, and go on with the next object."""

    def take_back(self) -> None:
        """Take the last prompt back."""

    def clear(self) -> None:
        """Take all prompts away."""

    def close(self) -> None:
        """Leave everything as it is."""


class Window:
    """`widget` is the window: the preview on the left, the panel on the right, what is going on below."""

    def __init__(self, canvas: Canvas, panel: Any, line: Any, hint: Any, user: User) -> None:
        self.clear = _button(_("Clea_r"), _("Take all prompts away (Delete)"), user.clear)
        self.undo = _button(_("Take _back"), _("Take the last prompt back (Backspace)"), user.take_back)
        self.apply = _button(_("_Apply"), _("Make the mask (Enter)"), user.apply)
        self.next = _button(
            _("Appl_y and next"),
            _("Make the mask, and go on with the next object (Ctrl+Enter)"),
            user.apply_and_next,
        )
        self.cancel = _button(_("_Cancel"), _("Leave everything as it is (Esc)"), user.close)
        self.widget = Gtk.Window(title=_("Select Object"), role="maskwright-select-object")
        self.widget.set_type_hint(Gdk.WindowTypeHint.DIALOG)
        columns = Gtk.Box(spacing=8)
        columns.pack_start(self._left(canvas), True, True, 0)
        columns.pack_start(panel, False, False, 0)
        outer = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=8)
        outer.pack_start(columns, True, True, 0)
        outer.pack_start(hint, False, False, 0)
        outer.pack_start(self._bottom(line), False, False, 0)
        self.widget.add(outer)
        self.apply.set_can_default(True)
        self.widget.set_default(self.apply)

    def allow(self, *, undo: bool, clear: bool, apply: bool) -> None:
        """Say which buttons can be pressed now."""
        self.undo.set_sensitive(undo)
        self.clear.set_sensitive(clear)
        for button in (self.apply, self.next):
            button.set_sensitive(apply)

    def _left(self, canvas: Canvas) -> Any:
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(canvas.widget)
        bar = Gtk.Box(spacing=4)
        for label, tip, pressed in (
            ("\N{MINUS SIGN}", _("Zoom out (-)"), lambda: canvas.zoom_by(1 / ZOOM_STEP)),
            ("+", _("Zoom in (+)"), lambda: canvas.zoom_by(ZOOM_STEP)),
            (_("Fit"), _("Show all of it (0)"), canvas.fit),
            ("1:1", _("One image pixel is one screen pixel (1)"), lambda: canvas.zoom_to(1.0)),
        ):
            bar.pack_start(_button(label, tip, pressed), False, False, 0)
        for button in (self.clear, self.undo):
            bar.pack_end(button, False, False, 0)
        left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        left.pack_start(frame, True, True, 0)
        left.pack_start(bar, False, False, 0)
        return left

    def _bottom(self, line: Any) -> Any:
        row = Gtk.Box(spacing=8)
        row.pack_start(line, True, True, 0)
        self.apply.get_style_context().add_class("suggested-action")
        for button in (self.apply, self.next, self.cancel):
            row.pack_end(button, False, False, 0)
        return row


def _button(label: str, tip: str, pressed: Callable[[], Any]) -> Any:
    button = Gtk.Button.new_with_mnemonic(label)
    button.set_tooltip_text(tip)
    button.connect("clicked", lambda _button: pressed())
    return button
