# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the computer: memory, graphics cards, and the execution providers, which can be tried and chosen."""

from __future__ import annotations

from typing import Any

from maskwright_plugin.models.provider_package import ProviderPackage
from maskwright_plugin.models.summary import computer_lines, provider_cells

from ..qt import Qt, QtCore, QtWidgets
from .asking import push

LOOK_MILLISECONDS = 300
SIZE = (640, 340)
_NAME = Qt.ItemDataRole.UserRole


class ComputerDialog(QtWidgets.QDialog):
    """Follows the manager's report while it is open."""

    def __init__(self, parent: Any, room: Any) -> None:
        super().__init__(parent)
        self._room, self._words = room, room.words
        self.setObjectName("maskwright_computer")
        self.setWindowTitle(self._words("Graphics Cards"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.resize(*SIZE)
        self._facts = QtWidgets.QLabel()
        self._facts.setWordWrap(True)
        self._list = QtWidgets.QTreeWidget()
        self._list.setHeaderLabels([self._words("Runs on"), self._words("State"), ""])
        self._list.setRootIsDecorated(False)
        self._list.setAccessibleName(self._words("Runs on"))
        self._probe = push(self._words("Try Them"), room.manager.probe)
        self._use = push(self._words("Use the Chosen One"), self._choose)
        self._package = ProviderPackage(room.installation, self._words)
        self._line = QtWidgets.QLabel()
        self._line.setWordWrap(True)
        self._install = push("", self._package.press)
        self._list.currentItemChanged.connect(lambda *_: self._follow())
        row = QtWidgets.QHBoxLayout()
        for button in (self._probe, self._use, self._install):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(push(self._words("Close"), self.reject))
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self._facts)
        column.addWidget(self._list, 1)
        column.addWidget(self._line)
        column.addLayout(row)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._follow)

    def exec_on(self, manager: Any) -> None:
        """Show it until it is closed."""
        manager.look_at_computer()
        self._follow()
        self._timer.start(LOOK_MILLISECONDS)
        run = getattr(self, "exec", None) or self.exec_
        run()
        self._timer.stop()

    def _choose(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self._room.manager.use_provider(str(item.data(0, _NAME)))

    def _follow_package(self) -> None:
        item, manager = self._list.currentItem(), self._room.manager
        name = None if item is None else item.data(0, _NAME)
        self._package.choose(manager.provider(name))
        if self._package.take_news():
            manager.look_again()
        self._install.setText(self._package.button)
        self._install.setVisible(bool(self._package.button))
        self._line.setText(self._package.line)

    def _follow(self) -> None:
        manager = self._room.manager
        busy = manager.is_working_on("doctor")
        self._facts.setText(
            "\n".join(computer_lines(manager.report, self._words)) or self._words("One moment…")
        )
        for button in (self._probe, self._use):
            button.setEnabled(not busy)
        self._follow_package()
        rows = provider_cells(manager.report, self._words)
        while self._list.topLevelItemCount() < len(rows):
            self._list.addTopLevelItem(QtWidgets.QTreeWidgetItem())
        for n, (name, *texts) in enumerate(rows):
            item = self._list.topLevelItem(n)
            item.setData(0, _NAME, name)
            for column, text in enumerate(texts):
                item.setText(column, text)
                item.setToolTip(column, text)
        for column in range(2):
            self._list.resizeColumnToContents(column)
