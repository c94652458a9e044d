# SPDX-License-Identifier: GPL-3.0-or-later
"""A line above the buttons: trained models pick whole objects, and here is the way to them."""

from __future__ import annotations

from typing import Callable

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk

from maskwright_plugin.models.words import Words


class HintBar:
    """`widget` goes into the dialog; it is hidden until `show`."""

    def __init__(self, words: Words, accepted: Callable[[], None], declined: Callable[[], None]) -> None:
        text = Gtk.Label(
            label=words("Many corrections? Trained models pick whole objects at a click."),
            xalign=0.0,
            wrap=True,
            hexpand=True,
        )
        more = Gtk.Button(label=words("More Models…"))
        more.connect("clicked", lambda _button: accepted())
        no = Gtk.Button(label=words("No Thanks"))
        no.connect("clicked", lambda _button: declined())
        self.widget = Gtk.Box(spacing=8)
        for part in (text, more, no):
            self.widget.pack_start(part, part is text, part is text, 0)
        self.widget.show_all()
        self.widget.set_no_show_all(True)
        self.widget.hide()
        self.buttons = {"more": more, "no": no}

    def show(self, *, on: bool) -> None:
        """Be seen, or not."""
        self.widget.set_visible(on)
