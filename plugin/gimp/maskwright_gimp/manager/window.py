# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: all models in a list, what there is to know of the chosen one, and what can be done with it."""

from __future__ import annotations

from typing import Any, List

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk, Pango

from maskwright_plugin.models.actions import Action
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.manager import IMPORT
from maskwright_plugin.models.recommend import PATIENCE, advise
from maskwright_plugin.models.summary import FILE_KINDS, cells

from . import asking
from .computer import show_computer
from .facts_panel import FactsPanel

SIZE = (980, 600)
_ID, _WEIGHT = 4, 5
_BOLD, _PLAIN = 700, 400


class ManagerWindow:
    """Follows the room's manager; closing it stops nothing."""

    def __init__(self, room: Any, parent: Any) -> None:
        self._room, self._words = room, room.words
        self.window = Gtk.Window(title=self._words("Models"), role="maskwright-models", transient_for=parent)
        self.window.set_type_hint(Gdk.WindowTypeHint.DIALOG)
        self.window.set_default_size(*SIZE)
        self.window.connect("delete-event", self._on_delete)
        self.window.connect("key-press-event", self._on_key)
        self._advice = Gtk.Label(xalign=0.0, wrap=True, hexpand=True)
        self.patience = self._make_patience()
        self.store = Gtk.ListStore(str, str, str, str, str, int)
        self.list = self._make_list()
        self.facts = FactsPanel(room, self._do)
        self.note = Gtk.Label(xalign=0.0, wrap=True, no_show_all=True)
        self.buttons: List[Any] = []
        self.window.add(self._lay_out())
        self.follow()

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return bool(self.window.get_visible())

    def show(self) -> None:
        """Show it, or bring it to the front, with the keyboard in the list."""
        self.window.show_all()
        self.window.present()
        self.list.grab_focus()

    def close(self) -> None:
        """Be gone for good."""
        self.window.destroy()

    # Making it.

    def _make_patience(self) -> Any:
        words, combo = self._words, Gtk.ComboBoxText(valign=Gtk.Align.CENTER)
        texts = {
            "quick": words("at most 1 s an image"),
            "normal": words("at most 4 s an image"),
            "patient": words("as long as it takes"),
        }
        for name in PATIENCE:
            combo.append(name, texts[name])
        combo.set_active_id("normal")
        combo.connect("changed", lambda _combo: self.follow())
        return combo

    def _make_list(self) -> Any:
        words, view = self._words, Gtk.TreeView(model=self.store)
        for place, title in enumerate((words("Name"), words("State"), words("Size"), words("Time"))):
            cell = Gtk.CellRendererText(ellipsize=Pango.EllipsizeMode.END if place == 0 else 0)
            column = Gtk.TreeViewColumn(title, cell, text=place, weight=_WEIGHT)
            column.set_expand(place == 0)
            column.set_min_width(170 if place == 0 else -1)
            view.append_column(column)
        view.set_search_column(0)
        view.get_selection().connect("changed", lambda _selection: self._show_chosen())
        return view

    def _lay_out(self) -> Any:
        top = Gtk.Box(spacing=8)
        top.pack_start(self._advice, True, True, 0)
        label = Gtk.Label(label=self._words("I wait"))
        top.pack_start(label, False, False, 0)
        top.pack_start(self.patience, False, False, 0)
        scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN)
        scrolled.add(self.list)
        scrolled.set_size_request(300, 200)
        middle = Gtk.Paned(position=SIZE[0] * 11 // 20)
        middle.pack1(scrolled, True, False)
        middle.pack2(self.facts.widget, True, False)
        outer = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=8)
        outer.pack_start(top, False, False, 0)
        outer.pack_start(middle, True, True, 0)
        outer.pack_start(self.note, False, False, 0)
        outer.pack_start(self._make_bottom(), False, False, 0)
        return outer

    def _make_bottom(self) -> Any:
        words, row = self._words, Gtk.Box(spacing=6)
        for text, pressed in (
            (words("From a File…"), self._from_file),
            (words("From a Folder…"), self._from_folder),
            (words("Graphics Cards…"), lambda: show_computer(self.window, self._room)),
            (words("Mirrors…"), lambda: asking.set_mirrors(self.window, self._room.manager.kept, words)),
        ):
            self.buttons.append(asking.button(text, pressed))
            row.pack_start(self.buttons[-1], False, False, 0)
        row.pack_end(asking.button(words("Close"), self.window.hide), False, False, 0)
        return row

    # Showing.

    def follow(self) -> None:
        """Show what the manager knows now."""
        manager = self._room.manager
        advice = advise(manager.rows, manager.memory, self.patience.get_active_id(), self._words)
        row = None if advice is None else manager.row(advice.model)
        self._advice.set_text(
            ""
            if advice is None or row is None
            else self._words("Recommended for this computer: {0}. {1}", row.name, advice.why)
        )
        self._fill(advice.model if advice else "")
        self.note.set_text(manager.trouble or manager.notes.get(IMPORT, ""))
        self.note.set_visible(bool(self.note.get_text()))
        self._show_chosen()

    def _fill(self, advised: str) -> None:
        rows: List[Row] = list(self._room.manager.rows)
        lines = [[*cells(row, self._words), row.id, _BOLD if row.id == advised else _PLAIN] for row in rows]
        if [line[_ID] for line in self.store] == [row.id for row in rows]:
            for there, line in zip(self.store, lines):
                if list(there) != line:
                    self.store[there.iter] = line
            return
        chosen = self._chosen or self._room.model
        self.store.clear()
        for line in lines:
            place = self.store.append(line)
            if line[_ID] == chosen:
                self.list.set_cursor(self.store.get_path(place))

    @property
    def _chosen(self) -> str:
        store, place = self.list.get_selection().get_selected()
        return "" if place is None else str(store[place][_ID])

    def _show_chosen(self) -> None:
        self.facts.show_row(self._room.manager.row(self._chosen))

    # Doing.

    def _do(self, action: Action, row: Row) -> None:
        manager, words = self._room.manager, self._words
        if action is Action.GET and asking.accepts(self.window, row, words):
            manager.get(row.id)
        elif action is Action.REMOVE and asking.removes(self.window, row, words):
            manager.remove(row.id)
        elif action is Action.DETAILS:
            asking.show_details(self.window, row, words)
        plain = {
            Action.CANCEL: manager.cancel,
            Action.USE: self._use,
            Action.DEFAULT: manager.use_by_default,
            Action.CHECK: manager.check,
            Action.MEASURE: manager.measure,
        }
        if action in plain:
            plain[action](row.id)

    def _use(self, model: str) -> None:
        self._room.use(model)
        self.follow()

    def _from_file(self) -> None:
        title = self._words("One package or checkpoint, or two ONNX files")
        kinds = (self._words("Models ({0})", " ".join(FILE_KINDS)), FILE_KINDS)
        self._bring(asking.choose_paths(self.window, title, self._words, kinds=kinds))

    def _from_folder(self) -> None:
        self._bring(asking.choose_paths(self.window, self._words("A model's folder"), self._words))

    def _bring(self, paths: List[str]) -> None:
        if paths:
            self._room.manager.bring(paths)

    def _on_delete(self, _window: Any, _event: Any) -> bool:
        self.window.hide()
        return True

    def _on_key(self, _window: Any, event: Any) -> bool:
        if Gdk.keyval_name(event.keyval) == "Escape":
            self.window.hide()
            return True
        return False
