# SPDX-License-Identifier: GPL-3.0-or-later
"""A second line under the banner: trained models pick whole objects, and here is the way to them."""

from __future__ import annotations

from typing import Any, Callable

from maskwright_plugin.models.words import Words

from ..qt import Qt, QtWidgets, is_gone

GAP = 4


class HintBar(QtWidgets.QFrame):
    """Lies over the canvas from its making to `end`."""

    def __init__(
        self, canvas: Any, words: Words, accepted: Callable[[], None], declined: Callable[[], None]
    ) -> None:
        super().__init__(canvas)
        self.setObjectName("maskwright_hint")
        self.setAutoFillBackground(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        text = QtWidgets.QLabel(
            words("Many corrections? Trained models pick whole objects at a click."), self
        )
        text.setWordWrap(True)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(8, 3, 3, 3)
        row.addWidget(text, 1)
        row.addWidget(_button(words("More Models…"), self, accepted))
        row.addWidget(_button(words("No Thanks"), self, declined))
        self._place()
        self.show()
        self.raise_()

    def mousePressEvent(self, event: Any) -> None:
        """A click on the bar is no click on the image."""
        event.accept()

    def is_elsewhere(self, canvas: Any) -> bool:
        """Whether it lies over another canvas, or went away with its own."""
        return is_gone(self) or self.parentWidget() is not canvas

    def end(self) -> None:
        """Go away; the canvas may be gone already."""
        if not is_gone(self):
            self.hide()
            self.deleteLater()

    def _place(self) -> None:
        """Lie under the banner, in the middle, no wider than the canvas."""
        room = self.parentWidget().width()
        width = min(self.sizeHint().width() + 260, max(room - 16, 120))
        height = max(self.sizeHint().height(), self.heightForWidth(width))
        banner = self.parentWidget().findChild(QtWidgets.QFrame, "maskwright_banner")
        top = 8 if banner is None else banner.geometry().bottom() + GAP
        self.setGeometry((room - width) // 2, top, width, height)


def _button(text: str, parent: Any, slot: Callable[[], None]) -> Any:
    button = QtWidgets.QToolButton(parent)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys stay with the canvas
    button.clicked.connect(lambda *_: slot())
    return button
