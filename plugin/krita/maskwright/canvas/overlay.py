# SPDX-License-Identifier: GPL-3.0-or-later
"""The transparent widget over a canvas while objects are picked: it shows the mask, and takes clicks and keys.

It takes the left and the right button and its own keys. All else (wheel, middle button, space and left button) is
ignored, and so goes on to the canvas below, where Krita pans, zooms and rotates as ever. The keyboard stays with the
canvas, where an event filter looks first: Krita swallows the first press of a button on a canvas without focus.
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

from maskwright_plugin.picking.state import State

from ..qt import Qt, QtCore, QtGui, QtWidgets, is_gone, position
from .banner import Banner
from .gestures import Gestures, Intents
from .keys import Keys
from .mapping import Mapping
from .mask_picture import CHOSEN, HOVER, MaskPicture
from .painting import paint_box, paint_prompts

_FRAME = QtGui.QColor(0, 130, 255)
_Event = QtCore.QEvent.Type


class Overlay(QtWidgets.QWidget):
    """Lies over one canvas from its making to `close`; `mapping` is asked whenever it paints or is clicked.

    `rivals` are the actions that have Tab as a shortcut.
    """

    def __init__(
        self, canvas: Any, intents: Intents, mapping: Callable[[], Mapping], rivals: Sequence[Any]
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._mapping = mapping
        self._rivals = rivals
        self._gestures = Gestures(intents, mapping, self.update)
        self._keys = Keys(intents)
        self._state = State()
        self._chosen, self._hover = MaskPicture(CHOSEN), MaskPicture(HOVER)
        self._prepare()
        self.banner = Banner(self, intents)
        for watched in (canvas, *rivals):
            watched.installEventFilter(self)
        self._hide_tool()
        self.show()
        self.lower()  # Krita 5.3's floating bar is a child of the canvas too, and must stay on top
        canvas.setFocus()

    def _hide_tool(self) -> None:
        """Move Krita's pointer away, or the brush's outline would stay where it was, over the mask."""
        away = QtCore.QPointF(-1e4, -1e4)
        none = Qt.MouseButton.NoButton
        keys = Qt.KeyboardModifier.NoModifier
        moved = QtGui.QMouseEvent(_Event.MouseMove, away, away, none, none, keys)
        QtCore.QCoreApplication.sendEvent(self._canvas, moved)

    def _prepare(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setMouseTracking(True)
        if hasattr(self, "setTabletTracking"):
            self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setGeometry(self._canvas.rect())

    def end(self) -> None:
        """Leave the canvas as it was; the canvas may be gone already."""
        self.hide()
        for watched in (self._canvas, *self._rivals):
            if not is_gone(watched):
                watched.removeEventFilter(self)
        self._canvas.setFocus()
        self.deleteLater()

    def show_state(self, state: State, sentence: str, *, can_retry: bool) -> None:
        """Draw this state from now on."""
        self._state = state
        self.banner.show_state(state, sentence, can_retry=can_retry)
        self.update()

    # Events.

    def eventFilter(self, _watched: Any, event: Any) -> bool:
        """Follow the canvas's size, and take our keys before Krita's shortcuts do."""
        kind = event.type()
        if kind == _Event.Shortcut:
            return bool(self._canvas.hasFocus()) and self._keys.handle_shortcut(event)
        if kind == _Event.Resize:
            self.setGeometry(self._canvas.rect())
            self.banner.place()
        elif kind in (_Event.ShortcutOverride, _Event.KeyPress):
            self._gestures.key(event, pressed=True)
            return self._keys.handle(event)
        elif kind == _Event.KeyRelease:
            self._gestures.key(event, pressed=False)
        elif kind == _Event.FocusOut:
            self._gestures.forget_keys()
        elif kind == _Event.FocusIn:
            QtCore.QTimer.singleShot(0, self._look_first)
        return False

    def _look_first(self) -> None:
        """Krita puts its own filter in front whenever the canvas gets the focus; so does this."""
        if not is_gone(self) and not is_gone(self._canvas):
            self._canvas.removeEventFilter(self)
            self._canvas.installEventFilter(self)

    def event(self, event: Any) -> bool:
        """Treat a pen as a mouse."""
        if event.type() in (_Event.TabletPress, _Event.TabletMove, _Event.TabletRelease):
            return self._tablet(event)
        return bool(super().event(event))

    def _tablet(self, event: Any) -> bool:
        kind = event.type()
        if kind == _Event.TabletPress:
            self._gestures.press(event, position(event))
        elif kind == _Event.TabletMove:
            self._gestures.move(event, position(event))
        else:
            self._gestures.release(event, position(event))
        return bool(event.isAccepted())

    def mousePressEvent(self, event: Any) -> None:
        """Begin a click or a box."""
        self._canvas.setFocus()
        self._gestures.press(event, position(event))

    def mouseMoveEvent(self, event: Any) -> None:
        """Go on with a box, or hover."""
        self._gestures.move(event, position(event))

    def mouseReleaseEvent(self, event: Any) -> None:
        """End a click or a box."""
        self._gestures.release(event, position(event))

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Two quick clicks are two clicks."""
        self._gestures.press(event, position(event))

    def leaveEvent(self, event: Any) -> None:
        """Hovering ends where the canvas ends."""
        self._gestures.leave()
        super().leaveEvent(event)

    # Painting.

    def _paint_on(self) -> None:
        if not is_gone(self):
            self.update()

    def paintEvent(self, _event: Any) -> None:
        """Draw the hover, the mask, the prompts, the box being drawn, and the frame that says the mode is on."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        mapping, ratio = self._mapping(), self.devicePixelRatioF()
        shown = ((self._chosen, self._state.preview), (self._hover, self._state.hover))
        whole = [picture.paint(painter, mask, mapping, ratio) for picture, mask in shown if mask is not None]
        if not all(whole):
            QtCore.QTimer.singleShot(0, self._paint_on)
        paint_prompts(painter, self._state.prompts, mapping)
        drawn = self._gestures.drawn
        if drawn is not None:
            paint_box(painter, drawn)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QtGui.QPen(_FRAME, 4))
        painter.drawRect(self.rect())
        painter.end()
