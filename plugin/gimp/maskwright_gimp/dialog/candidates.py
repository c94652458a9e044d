# SPDX-License-Identifier: GPL-3.0-or-later
"""The model's candidates as small pictures; a press shows one of them."""

from __future__ import annotations

from typing import Any, Callable, List, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk

from maskwright_plugin.picking.state import Preview

from ..texts import _
from .preview.sharp import screen_scale, show_sharply

WIDTH, HEIGHT = 78, 58
MOST = 6


class Candidates:
    """`widget` goes into the window; `small(preview, width, height)` draws, `chosen(index)` is told of a press."""

    def __init__(self, small: Callable[..., Any], chosen: Callable[[int], None]) -> None:
        self._small = small
        self._chosen = chosen
        self._quiet = False
        self._shown: Tuple[Preview, ...] = ()
        self._buttons: List[Any] = []
        self.widget = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, homogeneous=True)
        self.widget.set_min_children_per_line(3)
        self.widget.set_max_children_per_line(3)
        self.widget.set_column_spacing(2)
        self.widget.set_size_request(-1, HEIGHT + 12)

    def show(self, previews: Tuple[Preview, ...], chosen: int) -> None:
        """Show these candidates; the one at `chosen` is pressed."""
        self._quiet = True
        if previews != self._shown:
            self._shown = previews
            self._fill(previews)
        for index, button in enumerate(self._buttons):
            button.set_active(index == chosen)
        self._quiet = False

    def _fill(self, previews: Tuple[Preview, ...]) -> None:
        while len(self._buttons) > min(len(previews), MOST):
            self.widget.remove(self._buttons.pop().get_parent())
        while len(self._buttons) < min(len(previews), MOST):
            self._buttons.append(self._button(len(self._buttons)))
        for button, preview in zip(self._buttons, previews):
            scale = screen_scale(button)
            picture = self._small(preview, WIDTH * scale, HEIGHT * scale)
            if picture is not None:
                show_sharply(button.get_child(), picture)
            score = (
                "" if preview.score is None else _("Predicted IoU {score:.2f}").format(score=preview.score)
            )
            button.set_tooltip_text(score or None)

    def _button(self, index: int) -> Any:
        button = Gtk.ToggleButton(relief=Gtk.ReliefStyle.NONE)
        button.add(Gtk.Image())
        button.get_accessible().set_name(_("Candidate {number}").format(number=index + 1))
        button.connect("toggled", self._on_toggled, index)
        self.widget.add(button)
        button.get_parent().set_can_focus(False)
        button.get_parent().show_all()
        return button

    def _on_toggled(self, button: Any, index: int) -> None:
        if self._quiet:
            return
        if not button.get_active():  # one is always pressed
            self._quiet = True
            button.set_active(True)
            self._quiet = False
        self._chosen(index)
