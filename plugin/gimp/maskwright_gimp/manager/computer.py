# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the computer: memory, graphics cards, and the execution providers, which can be tried and chosen."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk

from maskwright_plugin.models.provider_package import ProviderPackage
from maskwright_plugin.models.summary import computer_lines, provider_cells

from .asking import button

LOOK_MILLISECONDS = 300
SIZE = (640, 340)


def show_computer(parent: Any, room: Any) -> None:
    """Show it until it is closed."""
    room.manager.look_at_computer()
    shown = _Computer(parent, room)
    timer = GLib.timeout_add(LOOK_MILLISECONDS, shown.follow)
    shown.dialog.run()
    GLib.source_remove(timer)
    shown.dialog.destroy()


class _Computer:
    """Follows the manager's report."""

    def __init__(self, parent: Any, room: Any) -> None:
        self._room, words = room, room.words
        self.dialog = Gtk.Dialog(title=words("Graphics Cards"), transient_for=parent, modal=True)
        self.dialog.set_default_size(*SIZE)
        self._facts = Gtk.Label(xalign=0.0, wrap=True)
        self._store = Gtk.ListStore(str, str, str, str)
        self._list = Gtk.TreeView(model=self._store)
        for place, title in enumerate((words("Runs on"), words("State"), ""), 1):
            self._list.append_column(Gtk.TreeViewColumn(title, Gtk.CellRendererText(), text=place))
        scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN)
        scrolled.add(self._list)
        self._probe = button(words("Try Them"), room.manager.probe)
        self._use = button(words("Use the Chosen One"), self._choose)
        self._package = ProviderPackage(room.installation, words)
        self._line = Gtk.Label(xalign=0.0, wrap=True)
        self._install = button("", self._package.press)
        self._install.set_no_show_all(True)
        row = Gtk.Box(spacing=6)
        for part in (self._probe, self._use, self._install):
            row.pack_start(part, False, False, 0)
        area = self.dialog.get_content_area()
        area.set_properties(margin=8, spacing=8)
        area.pack_start(self._facts, False, False, 0)
        area.pack_start(scrolled, True, True, 0)
        area.pack_start(self._line, False, False, 0)
        area.pack_start(row, False, False, 0)
        self.dialog.add_button(words("Close"), Gtk.ResponseType.CLOSE)
        self.follow()
        self.dialog.show_all()

    def follow(self) -> bool:
        """Show what doctor said last."""
        manager, words = self._room.manager, self._room.words
        self._facts.set_text("\n".join(computer_lines(manager.report, words)) or words("One moment…"))
        for part in (self._probe, self._use):
            part.set_sensitive(not manager.is_working_on("doctor"))
        rows = [list(row) for row in provider_cells(manager.report, words)]
        if [list(row) for row in self._store] != rows:
            self._store.clear()
            for line in rows:
                self._store.append(line)
        self._follow_package()
        return True

    def _follow_package(self) -> None:
        store, place = self._list.get_selection().get_selected()
        manager = self._room.manager
        self._package.choose(manager.provider(None if place is None else store[place][0]))
        if self._package.take_news():
            manager.look_again()
        self._install.set_label(self._package.button)
        self._install.set_visible(bool(self._package.button))
        self._line.set_text(self._package.line)

    def _choose(self) -> None:
        store, place = self._list.get_selection().get_selected()
        if place is not None:
            self._room.manager.use_provider(store[place][0])
