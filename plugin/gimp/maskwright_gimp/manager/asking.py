# SPDX-License-Identifier: GPL-3.0-or-later
"""Small windows that ask or show one thing: restrictions, a removal, a whole card, files, the mirrors."""

from __future__ import annotations

import html
from typing import Any, Callable, List, Optional, Sequence, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk

from maskwright_plugin.models.acceptance import acceptance
from maskwright_plugin.models.actions import removal
from maskwright_plugin.models.details import details
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.kept import MIRRORS, Kept
from maskwright_plugin.models.summary import markup
from maskwright_plugin.models.words import Words

READING = (560, 460)
Kinds = Optional[Tuple[str, Sequence[str]]]


def button(text: str, pressed: Callable[[], Any]) -> Any:
    """Return a button."""
    made = Gtk.Button(label=text)
    made.connect("clicked", lambda _button: pressed())
    return made


def reading(label: Any) -> Any:
    """Make a label one for long texts, and return what it can be scrolled in, by the keyboard too."""
    label.set_properties(xalign=0.0, yalign=0.0, wrap=True, margin=6, selectable=False)
    scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
    port = Gtk.Viewport(can_focus=True)
    port.add(label)
    scrolled.add(port)
    return scrolled


def accepts(parent: Any, row: Row, words: Words) -> bool:
    """Show what a model restricts; return whether the user accepts it."""
    text = acceptance(row, words)
    body = "\n\n".join(html.escape(paragraph) for paragraph in text.paragraphs)
    return _read(parent, text.title, body, text.button, words("Cancel"))


def show_details(parent: Any, row: Row, words: Words) -> None:
    """Show a model's whole card."""
    _read(parent, row.name, markup(details(row, words)), "", words("Close"))


def removes(parent: Any, row: Row, words: Words) -> bool:
    """Return whether the user wants a model to be removed."""
    question, remove = removal(row, words)
    return _read(parent, row.name, html.escape(question), remove, words("Cancel"), (420, 160))


def _dialog(parent: Any, title: str, size: Tuple[int, int]) -> Any:
    dialog = Gtk.Dialog(title=title, transient_for=parent, modal=True)
    dialog.set_default_size(*size)
    dialog.get_content_area().set_property("margin", 8)
    return dialog


def _read(
    parent: Any, title: str, body: str, accept: str, leave: str, size: Tuple[int, int] = READING
) -> bool:
    dialog = _dialog(parent, title, size)
    label = Gtk.Label()
    label.set_markup(body)
    dialog.get_content_area().pack_start(reading(label), True, True, 0)
    if accept:
        dialog.add_button(accept, Gtk.ResponseType.ACCEPT)
    dialog.add_button(leave, Gtk.ResponseType.CANCEL)
    dialog.show_all()
    answer = dialog.run()
    dialog.destroy()
    return bool(answer == Gtk.ResponseType.ACCEPT)


def choose_paths(parent: Any, title: str, words: Words, kinds: Kinds = None) -> List[str]:
    """Return the files that the user chooses, or without `kinds` a folder; none where it is left."""
    action = Gtk.FileChooserAction.SELECT_FOLDER if kinds is None else Gtk.FileChooserAction.OPEN
    dialog = Gtk.FileChooserDialog(title=title, transient_for=parent, action=action, modal=True)
    dialog.add_button(words("Cancel"), Gtk.ResponseType.CANCEL)
    dialog.add_button(words("Import"), Gtk.ResponseType.ACCEPT)
    if kinds is not None:
        dialog.set_select_multiple(True)
        shown = Gtk.FileFilter()
        shown.set_name(kinds[0])
        for pattern in kinds[1]:
            shown.add_pattern(pattern)
        dialog.add_filter(shown)
    found = dialog.get_filenames() if dialog.run() == Gtk.ResponseType.ACCEPT else []
    dialog.destroy()
    return [str(path) for path in found]


def set_mirrors(parent: Any, kept: Kept, words: Words) -> None:
    """Let the user name mirrors of the sites that models come from; an empty field is the site itself."""
    dialog = _dialog(parent, words("Mirrors"), (480, 160))
    grid = Gtk.Grid(row_spacing=6, column_spacing=8)
    told = words("Addresses from which models are fetched instead; empty means the site itself.")
    grid.attach(Gtk.Label(label=told, xalign=0.0, wrap=True), 0, 0, 2, 1)
    fields = {}
    for place, (variable, site) in enumerate(MIRRORS.items(), 1):
        grid.attach(Gtk.Label(label=site.partition("://")[2], xalign=0.0), 0, place, 1, 1)
        fields[variable] = Gtk.Entry(text=kept.mirror(variable), placeholder_text=site, hexpand=True)
        grid.attach(fields[variable], 1, place, 1, 1)
    wrong = Gtk.Label(xalign=0.0)
    grid.attach(wrong, 0, len(MIRRORS) + 1, 2, 1)
    dialog.get_content_area().pack_start(grid, True, True, 0)
    dialog.add_button(words("Save"), Gtk.ResponseType.ACCEPT)
    dialog.add_button(words("Cancel"), Gtk.ResponseType.CANCEL)
    dialog.show_all()
    while dialog.run() == Gtk.ResponseType.ACCEPT:
        if all(kept.set_mirror(name, field.get_text()) for name, field in fields.items()):
            break
        wrong.set_text(words("An address begins with http:// or https://."))
    dialog.destroy()
