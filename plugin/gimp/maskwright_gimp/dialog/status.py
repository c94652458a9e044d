# SPDX-License-Identifier: GPL-3.0-or-later
"""The line under the preview: what is going on in words, how far it is, and one button when one helps."""

from __future__ import annotations

from typing import Any, Callable, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk, Pango

PULSE_MILLISECONDS = 100


class StatusLine:
    """`widget` goes into the window."""

    def __init__(self) -> None:
        self._label = Gtk.Label(
            xalign=0.0, wrap=True, lines=2, ellipsize=Pango.EllipsizeMode.END, hexpand=True
        )
        self._bar = Gtk.ProgressBar(valign=Gtk.Align.CENTER, no_show_all=True)
        self._bar.set_size_request(140, -1)
        self._button = Gtk.Button(no_show_all=True)
        self._button.connect("clicked", lambda _button: self._pressed())
        self._pressed: Callable[[], None] = lambda: None
        self._pulsing = 0
        self.widget = Gtk.Box(spacing=8)
        for part in (self._label, self._bar, self._button):
            self.widget.pack_start(part, part is self._label, part is self._label, 0)

    @property
    def text(self) -> str:
        """The words that are shown."""
        return str(self._label.get_text())

    def show(self, text: str, *, working: bool = False, fraction: Optional[float] = None) -> None:
        """Show the words, and a progress bar while `working`; it moves about where it is unknown how far."""
        self._label.set_text(text)
        self._label.set_tooltip_text(text)
        self._bar.set_visible(working)
        self._pulse(on=working and fraction is None)
        if working and fraction is not None:
            self._bar.set_fraction(min(1.0, max(0.0, fraction)))

    def offer(self, label: str, pressed: Optional[Callable[[], None]]) -> None:
        """Show a button with this label, or none."""
        self._button.set_visible(pressed is not None)
        if pressed is not None:
            self._button.set_label(label)
            self._pressed = pressed

    def close(self) -> None:
        """Stop moving."""
        self._pulse(on=False)

    def _pulse(self, *, on: bool) -> None:
        if on and not self._pulsing:
            self._pulsing = GLib.timeout_add(PULSE_MILLISECONDS, self._step)
        elif not on and self._pulsing:
            GLib.source_remove(self._pulsing)
            self._pulsing = 0
            # A bar that has pulsed draws the window sixty times a second, hidden or not, until it has a fraction.
            self._bar.set_fraction(0.0)

    def _step(self) -> Any:
        self._bar.pulse()
        return True
