# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to know of one model, how far its download is, and the buttons of what can be done with it."""

from __future__ import annotations

import html
from typing import Any, Callable, Dict, List, Optional

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk

from maskwright_plugin.models.actions import Action, actions, label
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.summary import markup, summary

from .asking import button, reading

COLUMNS = 2


class FactsPanel:
    """`widget` goes into the window; `do(action, row)` is called when a button is pressed."""

    def __init__(self, room: Any, do: Callable[[Action, Row], None]) -> None:
        self._room, self._do = room, do
        self._row: Optional[Row] = None
        self._title = Gtk.Label(xalign=0.0, wrap=True)
        self._text = Gtk.Label()
        self.note = Gtk.Label(xalign=0.0, wrap=True, no_show_all=True)
        self.bar = Gtk.ProgressBar(no_show_all=True)
        self._grid = Gtk.Grid(row_spacing=4, column_spacing=6, column_homogeneous=True)
        self.buttons: Dict[Action, Any] = {action: self._button(action) for action in Action}
        self._order: List[Action] = []
        self.widget = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for part in (self._title, reading(self._text), self.note, self.bar, self._grid):
            grows = isinstance(part, Gtk.ScrolledWindow)
            self.widget.pack_start(part, grows, grows, 0)

    def _button(self, action: Action) -> Any:
        made = button("", lambda: self._press(action))
        made.set_no_show_all(True)
        return made

    def _press(self, action: Action) -> None:
        if self._row is not None:
            self._do(action, self._row)

    def show_row(self, row: Optional[Row]) -> None:
        """Show this model, or that none is chosen."""
        self._row = row
        words, manager = self._room.words, self._room.manager
        self._title.set_markup("" if row is None else f"<big><b>{html.escape(row.name)}</b></big>")
        text = "" if row is None else markup(summary(row, words))
        if self._text.get_label() != text:
            self._text.set_markup(text)
        note = "" if row is None else manager.notes.get(row.id, "")
        if row is not None and row.coming is not None:
            note = manager.progress(row)
        elif row is not None and manager.is_working_on(row.id):
            note = words("One moment…")
        self.note.set_text(note)
        self.note.set_visible(bool(note))
        self._show_bar(row)
        self._show_buttons(row)

    def _show_bar(self, row: Optional[Row]) -> None:
        coming = None if row is None else row.coming
        working = row is not None and self._room.manager.is_working_on(row.id)
        self.bar.set_visible(coming is not None or working)
        if coming is not None and coming.fraction is not None:
            self.bar.set_fraction(min(1.0, coming.fraction))
        else:
            self.bar.pulse()

    def _show_buttons(self, row: Optional[Row]) -> None:
        found = [] if row is None else actions(row, in_use=row.id == self._room.model)
        working = row is not None and self._room.manager.is_working_on(row.id)
        if found != self._order:
            self._order = found
            for child in self._grid.get_children():
                self._grid.remove(child)
            for place, action in enumerate(found):
                self._grid.attach(self.buttons[action], place % COLUMNS, place // COLUMNS, 1, 1)
                self.buttons[action].show()
        for action in found:
            if row is not None:
                self.buttons[action].set_label(label(action, row, self._room.words))
            self.buttons[action].set_sensitive(not working or action in (Action.DETAILS, Action.CANCEL))
