# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's buttons that are needed for every object: start and end, the candidates, take back, apply."""

from __future__ import annotations

from typing import Any

from ..i18n import tr
from ..plugin import Plugin
from ..qt import Qt, QtWidgets


class Deeds(QtWidgets.QWidget):
    """Three rows, low enough for the height that Krita leaves a docker on a small screen."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._toggle = QtWidgets.QPushButton(tr("Select Object"))
        self._toggle.setCheckable(True)
        self._toggle.setToolTip(tr("Click an object in the image to select it"))
        self._toggle.clicked.connect(lambda *_: plugin.toggle())
        self._candidates = _Candidates(plugin)
        self._undo = push(tr("Take Back"), lambda: self._with(lambda picking: picking.wishes.undo()))
        self._undo.setToolTip(tr("Take the last click or box back (Backspace)"))
        self._apply = push(tr("Apply"), lambda: self._with(lambda picking: picking.wishes.apply()))
        self._apply.setToolTip(tr("Make the mask the target (Enter)"))
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._toggle)
        column.addWidget(self._candidates)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._undo)
        row.addWidget(self._apply)
        column.addLayout(row)

    def follow(self) -> None:
        """Show the plugin's state."""
        picking = self._plugin.front
        self._toggle.setChecked(picking is not None)
        self._candidates.follow(picking)
        self._apply.setEnabled(picking is not None and not picking.state.prompts.is_empty)
        self._undo.setEnabled(picking is not None and picking.state.can_undo)

    def _with(self, do: Any) -> None:
        picking = self._plugin.front
        if picking is not None:
            do(picking)


class _Candidates(QtWidgets.QWidget):
    """Back and forth through part, whole and group."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._text = QtWidgets.QLabel()
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._arrow(Qt.ArrowType.LeftArrow, tr("Previous candidate (Shift+Tab)"), -1))
        row.addWidget(self._text, 1)
        row.addWidget(self._arrow(Qt.ArrowType.RightArrow, tr("Next candidate (Tab)"), 1))

    def _arrow(self, kind: Any, tip: str, step: int) -> Any:
        button = QtWidgets.QToolButton()
        button.setArrowType(kind)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda *_: self._go(step))
        return button

    def _go(self, step: int) -> None:
        picking = self._plugin.front
        if picking is not None:
            picking.wishes.next_candidate(step)

    def follow(self, picking: Any) -> None:
        """Show which of how many."""
        count = 0 if picking is None else len(picking.state.previews)
        self.setVisible(
            picking is not None
        )  # from the start, or the controls below would move at the first click
        self.setEnabled(count > 1)
        words = tr("Candidate {0} of {1}").format(picking.state.chosen + 1, count) if count > 1 else ""
        self._text.setText(words)


def push(text: str, slot: Any) -> Any:
    """Return a button that may be narrow."""
    button = QtWidgets.QPushButton(text)
    button.setMinimumWidth(20)
    button.clicked.connect(lambda *_: slot())
    return button
