# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker: the button that starts the mode, what is going on, and the choices. Usable at 200 pixels' width."""

from __future__ import annotations

from typing import Any

from ..canvas.banner import ProgressBar
from ..i18n import tr
from ..plugin import Plugin
from ..qt import Qt, QtCore, QtWidgets, is_gone
from .options import OptionsForm
from .setup_page import SetupPage

WIDTH = 180
AGAIN_MILLISECONDS = 2000
"""How often it is looked whether there is a backend now, perhaps made by install.py."""


class DockerContent(QtWidgets.QWidget):
    """Shows the plugin's state, and gives it the user's wishes."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._setup = SetupPage(plugin)
        self._status = _StatusPart(plugin)
        self._options = OptionsForm(plugin)
        column = QtWidgets.QVBoxLayout()
        column.setContentsMargins(6, 6, 6, 6)
        for part in (self._setup, self._status, self._options):
            column.addWidget(part)
        column.addStretch(1)
        inner = QtWidgets.QWidget()
        inner.setLayout(column)
        area = QtWidgets.QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QtWidgets.QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.setMinimumWidth(WIDTH)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._follow)
        plugin.listen(self._follow)
        self._follow()

    def keyPressEvent(self, event: Any) -> None:
        """Enter and Esc work from the docker too; a number that is being typed is only finished by Enter."""
        picking = self._plugin.front
        typing = isinstance(QtWidgets.QApplication.focusWidget(), QtWidgets.QAbstractSpinBox)
        if picking is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not typing:
            picking.apply(event.modifiers())
        elif picking is not None and event.key() == Qt.Key.Key_Escape:
            picking.cancel()
        else:
            super().keyPressEvent(event)

    def _follow(self) -> None:
        if is_gone(self):
            self._plugin.forget(self._follow)
            return
        ready = self._plugin.is_set_up and not self._plugin.is_setting_up
        if ready:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(AGAIN_MILLISECONDS)
        self._setup.setVisible(not ready)
        self._status.setEnabled(ready)
        self._options.setEnabled(ready)
        self._setup.follow()
        self._status.follow()
        self._options.follow()


class _StatusPart(QtWidgets.QWidget):
    """Start and end, the sentence, progress, candidates, take back, apply."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._toggle = QtWidgets.QPushButton(tr("Select Object"))
        self._toggle.setCheckable(True)
        self._toggle.setToolTip(tr("Click an object in the image to select it"))
        self._toggle.clicked.connect(lambda *_: plugin.toggle())
        self._refine = _push(tr("From My Selection"), plugin.refine)
        self._refine.setToolTip(tr("Start from the present selection and follow the object's edges"))
        self._sentence = QtWidgets.QLabel()
        self._sentence.setWordWrap(True)
        self._bar = ProgressBar(self)
        self._retry = _push(tr("Retry"), lambda: self._with(lambda picking: picking.retry()))
        self._candidates = _Candidates(plugin)
        self._undo = _push(tr("Take Back"), lambda: self._with(lambda picking: picking.undo()))
        self._undo.setToolTip(tr("Take the last click or box back (Backspace)"))
        self._apply = _push(tr("Apply"), lambda: self._with(lambda picking: picking.apply()))
        self._apply.setToolTip(tr("Make the mask the target (Enter)"))
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._toggle, self._refine, self._sentence, self._bar, self._retry, self._candidates):
            column.addWidget(widget)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._undo)
        row.addWidget(self._apply)
        column.addLayout(row)

    def follow(self) -> None:
        """Show the plugin's state."""
        picking = self._plugin.front
        self._toggle.setChecked(picking is not None)
        self._sentence.setVisible(picking is not None)
        self._retry.setVisible(picking is not None and picking.can_retry)
        self._candidates.follow(picking)
        on = picking is not None and not picking.state.prompts.is_empty
        self._apply.setEnabled(on)
        self._undo.setEnabled(picking is not None and picking.state.can_undo)
        if picking is None:
            self._bar.hide()
        else:
            self._sentence.setText(picking.sentence)
            self._bar.show_state(picking.state)

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
            picking.next_candidate(step)

    def follow(self, picking: Any) -> None:
        """Show which of how many."""
        count = 0 if picking is None else len(picking.state.previews)
        self.setVisible(
            picking is not None
        )  # from the start, or the controls below would move at the first click
        self.setEnabled(count > 1)
        words = tr("Candidate {0} of {1}").format(picking.state.chosen + 1, count) if count > 1 else ""
        self._text.setText(words)


def _push(text: str, slot: Any) -> Any:
    button = QtWidgets.QPushButton(text)
    button.setMinimumWidth(20)
    button.clicked.connect(lambda *_: slot())
    return button
