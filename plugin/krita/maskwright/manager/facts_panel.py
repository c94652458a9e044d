# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to know of one model, how far its download is, and the buttons of what can be done with it."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from maskwright_plugin.models.actions import Action, actions, label
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.summary import markup, summary

from ..qt import Qt, QtWidgets
from .asking import push

COLUMNS = 2


class FactsPanel(QtWidgets.QWidget):
    """`do(action, row)` is called when a button is pressed."""

    def __init__(self, room: Any, do: Callable[[Action, Row], None]) -> None:
        super().__init__()
        self._room, self._do = room, do
        self._row: Optional[Row] = None
        self._shown = ""
        self._title = QtWidgets.QLabel()
        self._title.setWordWrap(True)
        font = self._title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self._title.setFont(font)
        self._text = QtWidgets.QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setMargin(4)
        area = QtWidgets.QScrollArea()
        area.setWidget(self._text)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = QtWidgets.QLabel()
        self._note.setWordWrap(True)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._grid = QtWidgets.QGridLayout()
        self._buttons: Dict[Action, Any] = {action: self._button(action) for action in Action}
        self._order: List[Action] = []
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._title, area, self._note, self._bar):
            column.addWidget(widget)
        column.addLayout(self._grid)

    def _button(self, action: Action) -> Any:
        button = push("", lambda: self._press(action))
        button.setObjectName(f"maskwright_{action.value}")
        button.hide()
        return button

    def _press(self, action: Action) -> None:
        if self._row is not None:
            self._do(action, self._row)

    def show_row(self, row: Optional[Row]) -> None:
        """Show this model, or that none is chosen."""
        self._row = row
        words, manager = self._room.words, self._room.manager
        self._title.setText("" if row is None else row.name)
        text = "" if row is None else markup(summary(row, words)).replace("\n", "<br>")
        if text != self._shown:  # setting it moves the scroll bar
            self._shown = text
            self._text.setText(text)
        note = "" if row is None else manager.notes.get(row.id, "")
        if row is not None and row.coming is not None:
            note = manager.progress(row)
        elif row is not None and manager.is_working_on(row.id):
            note = words("One moment…")
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._show_bar(row)
        self._show_buttons(row)

    def _show_bar(self, row: Optional[Row]) -> None:
        coming = None if row is None else row.coming
        working = row is not None and self._room.manager.is_working_on(row.id)
        self._bar.setVisible(coming is not None or working)
        if coming is not None and coming.fraction is not None:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(coming.fraction * 1000))
        else:
            self._bar.setRange(0, 0)

    def _show_buttons(self, row: Optional[Row]) -> None:
        found = [] if row is None else actions(row, in_use=row.id == self._room.model)
        working = row is not None and self._room.manager.is_working_on(row.id)
        if found != self._order:
            self._order = found
            for action, button in self._buttons.items():
                self._grid.removeWidget(button)
                button.setVisible(action in found)
            for place, action in enumerate(found):
                self._grid.addWidget(self._buttons[action], place // COLUMNS, place % COLUMNS)
        for action in found:
            button = self._buttons[action]
            if row is not None:
                button.setText(label(action, row, self._room.words))
            button.setEnabled(not working or action in (Action.DETAILS, Action.CANCEL))
