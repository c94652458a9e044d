# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: all models in a list, what there is to know of the chosen one, and what can be done with it."""

from __future__ import annotations

from typing import Any, List, Optional

from maskwright_plugin.models.actions import Action
from maskwright_plugin.models.facts import Row
from maskwright_plugin.models.manager import IMPORT
from maskwright_plugin.models.recommend import PATIENCE, advise
from maskwright_plugin.models.summary import FILE_KINDS, cells

from ..qt import Qt, QtWidgets
from . import asking
from .computer import ComputerDialog
from .facts_panel import FactsPanel

SIZE = (980, 600)
_ID = Qt.ItemDataRole.UserRole


class ManagerWindow(QtWidgets.QDialog):
    """Follows the room's manager; closing it stops nothing."""

    def __init__(self, room: Any, parent: Any = None) -> None:
        super().__init__(parent)
        self._room, self._words = room, room.words
        self.setObjectName("maskwright_models")
        self.setWindowTitle(self._words("Models"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.resize(*SIZE)
        self._advice = QtWidgets.QLabel()
        self._advice.setWordWrap(True)
        self._patience = self._make_patience()
        self._list = self._make_list()
        self._facts = FactsPanel(room, self._do)
        self._note = QtWidgets.QLabel()
        self._note.setWordWrap(True)
        self._lay_out()
        self.follow()
        self._list.setFocus()

    # Making it.

    def _make_patience(self) -> Any:
        words, combo = self._words, QtWidgets.QComboBox()
        texts = {
            "quick": words("at most 1 s an image"),
            "normal": words("at most 4 s an image"),
            "patient": words("as long as it takes"),
        }
        for name in PATIENCE:
            combo.addItem(texts[name], name)
        combo.setCurrentIndex(combo.findData("normal"))
        combo.currentIndexChanged.connect(lambda *_: self.follow())
        return combo

    def _make_list(self) -> Any:
        words, tree = self._words, QtWidgets.QTreeWidget()
        tree.setHeaderLabels([words("Name"), words("State"), words("Size"), words("Time")])
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setAllColumnsShowFocus(True)
        tree.setAccessibleName(words("Models"))
        tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        return tree

    def _lay_out(self) -> None:
        words = self._words
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self._advice, 1)
        label = QtWidgets.QLabel(words("I wait"))
        label.setBuddy(self._patience)
        top.addWidget(label)
        top.addWidget(self._patience)
        middle = QtWidgets.QSplitter()
        middle.addWidget(self._list)
        middle.addWidget(self._facts)
        middle.setSizes([SIZE[0] * 11 // 20, SIZE[0] * 9 // 20])
        middle.setChildrenCollapsible(False)
        bottom = QtWidgets.QHBoxLayout()
        for text, slot in (
            (words("From a File…"), self._from_file),
            (words("From a Folder…"), self._from_folder),
            (words("Graphics Cards…"), self._show_computer),
            (words("Mirrors…"), self._show_mirrors),
        ):
            bottom.addWidget(asking.push(text, slot))
        bottom.addStretch(1)
        bottom.addWidget(asking.push(words("Close"), self.close))
        column = QtWidgets.QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(middle, 1)
        column.addWidget(self._note)
        column.addLayout(bottom)

    def hideEvent(self, event: Any) -> None:
        """Give the keyboard back; without a window manager nobody else does."""
        super().hideEvent(event)
        if self.parentWidget() is not None:
            self.parentWidget().window().activateWindow()

    # Showing.

    def follow(self) -> None:
        """Show what the manager knows now."""
        manager = self._room.manager
        patience = str(self._patience.currentData())
        advice = advise(manager.rows, manager.memory, patience, self._words)
        row = None if advice is None else manager.row(advice.model)
        self._advice.setText(
            ""
            if advice is None or row is None
            else self._words("Recommended for this computer: {0}. {1}", row.name, advice.why)
        )
        self._fill(advice.model if advice else "")
        self._note.setText(manager.trouble or manager.notes.get(IMPORT, ""))
        self._note.setVisible(bool(self._note.text()))
        self._show_chosen()

    def _fill(self, advised: str) -> None:
        rows: List[Row] = list(self._room.manager.rows)
        there = [self._list.topLevelItem(n).data(0, _ID) for n in range(self._list.topLevelItemCount())]
        is_new = there != [row.id for row in rows]
        if is_new:
            self._begin_list(rows)
        for n, row in enumerate(rows):
            item = self._list.topLevelItem(n)
            for column, text in enumerate(cells(row, self._words)):
                item.setText(column, text)
            font = item.font(0)
            font.setBold(row.id == advised)
            item.setFont(0, font)
        for column in range(4 if is_new else 0):
            self._list.resizeColumnToContents(column)

    def _begin_list(self, rows: List[Row]) -> None:
        chosen = self._chosen or self._room.model
        self._list.blockSignals(True)
        self._list.clear()
        for row in rows:
            item = QtWidgets.QTreeWidgetItem(list(cells(row, self._words)))
            item.setData(0, _ID, row.id)
            self._list.addTopLevelItem(item)
            if row.id == chosen:
                self._list.setCurrentItem(item)
        self._list.blockSignals(False)

    @property
    def _chosen(self) -> str:
        item = self._list.currentItem()
        return "" if item is None else str(item.data(0, _ID))

    def _show_chosen(self) -> None:
        self._facts.show_row(self._room.manager.row(self._chosen))

    # Doing.

    def _do(self, action: Action, row: Row) -> None:
        manager = self._room.manager
        if action is Action.GET and asking.accepts(self, row, self._words):
            manager.get(row.id)
        elif action is Action.REMOVE and asking.removes(self, row, self._words):
            manager.remove(row.id)
        elif action is Action.DETAILS:
            asking.show_details(self, row, self._words)
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
        kinds = self._words("Models ({0})", " ".join(FILE_KINDS))
        title = self._words("One package or checkpoint, or two ONNX files")
        paths: List[str] = QtWidgets.QFileDialog.getOpenFileNames(self, title, "", kinds)[0]
        self._bring(paths)

    def _from_folder(self) -> None:
        path: Optional[str] = QtWidgets.QFileDialog.getExistingDirectory(
            self, self._words("A model's folder")
        )
        self._bring([path] if path else [])

    def _bring(self, paths: List[str]) -> None:
        if paths:
            self._room.manager.bring(paths)

    def _show_computer(self) -> None:
        ComputerDialog(self, self._room).exec_on(self._room.manager)

    def _show_mirrors(self) -> None:
        asking.set_mirrors(self, self._room.manager.kept, self._words)
