# SPDX-License-Identifier: GPL-3.0-or-later
"""The small bar at the top of the canvas: the mode is on, and this is what it is doing."""

from __future__ import annotations

from typing import Any

from maskwright_plugin.picking.state import Phase, State

from ..i18n import tr
from ..qt import Qt, QtWidgets
from .gestures import Intents

_WORKING = (Phase.CONNECTING, Phase.SENDING, Phase.ENCODING)


class Banner(QtWidgets.QFrame):
    """A sentence, a progress bar while something is waited for, what helps after a failure, Apply, a way out.

    A pen finds all of it here, also where Krita shows nothing but the canvas.
    """

    def __init__(self, parent: Any, intents: Intents) -> None:
        super().__init__(parent)
        self.setObjectName("maskwright_banner")
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # a pen on the bar is none on the image
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._text = QtWidgets.QLabel(self)
        self._bar = ProgressBar(self)
        self._retry = _button(tr("Retry"), self, intents.retry)
        self._restart = _button(tr("Restart It"), self, intents.restart)
        self._apply = _button(tr("Apply"), self, intents.apply)
        self._leave = _button(tr("Leave"), self, intents.cancel)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 3, 3, 3)
        for widget in (self._text, self._bar, self._retry, self._restart, self._apply, self._leave):
            row.addWidget(widget)

    def mousePressEvent(self, event: Any) -> None:
        """A click on the bar is no click on the image."""
        event.accept()

    def show_state(self, state: State, sentence: str, *, can_retry: bool) -> None:
        """Say this."""
        self._text.setText(sentence)
        self._bar.show_state(state)
        self._retry.setVisible(can_retry)
        self._restart.setVisible(state.stalled)
        self._apply.setEnabled(not state.prompts.is_empty)
        self.place()

    def place(self) -> None:
        """Stay at the top, in the middle, no wider than the canvas."""
        room = self.parentWidget().width()
        self._text.setWordWrap(False)
        if self.sizeHint().width() > room - 16:
            self._text.setWordWrap(True)
        size = self.sizeHint()
        width = min(size.width(), max(room - 16, 120))
        height = max(size.height(), self.heightForWidth(width))
        self.setGeometry((room - width) // 2, 8, width, height)


class ProgressBar(QtWidgets.QProgressBar):
    """Known progress as a share, unknown progress as a moving bar, hidden when there is nothing to wait for."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(8)
        self.setMinimumWidth(40)
        self.hide()

    def show_state(self, state: State) -> None:
        """Show what is waited for."""
        self.setVisible(state.phase in _WORKING)
        if state.progress is None:
            self.setRange(0, 0)
        else:
            self.setRange(0, 1000)
            self.setValue(round(state.progress * 1000))


def _button(text: str, parent: Any, slot: Any) -> Any:
    button = QtWidgets.QToolButton(parent)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys stay with the canvas
    button.clicked.connect(lambda *_: slot())
    return button
