# SPDX-License-Identifier: GPL-3.0-or-later
"""The transparent widget over a canvas while objects are picked: it shows the mask, and takes clicks and keys.

It takes the left and the right button and its own keys. All else (wheel, middle button, space and left button) is
ignored, and so goes on to the canvas below, where Krita pans, zooms and rotates as ever. The keyboard stays with the
canvas, where an event filter looks first: Krita swallows the first press of a button on a canvas without focus.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from maskwright_plugin.host import Picture
from maskwright_plugin.picking.state import Preview, State

from ..qt import Qt, QtCore, QtGui, QtWidgets, is_gone, position
from .banner import Banner
from .gestures import Gestures, Intents
from .keyboard import give_keyboard
from .keys import Keys
from .mapping import Mapping
from .mask_picture import CHOSEN, HOVER, MaskPicture, chosen_look, hover_look
from .painting import paint_box, paint_prompts
from .tints import tint_for
from .tool import hide_tool

_FRAME = QtGui.QColor(0, 130, 255)
_Event = QtCore.QEvent.Type


class Overlay(QtWidgets.QWidget):
    """Lies over one canvas from its making to `close`; `mapping` is asked whenever it paints or is clicked.

    `rivals` are the actions whose shortcuts the mode's keys are.
    """

    def __init__(
        self, canvas: Any, intents: Intents, mapping: Callable[[], Mapping], rivals: Sequence[Any]
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._intents = intents
        self._mapping = mapping
        self._rivals = rivals
        self._gestures = Gestures(intents, mapping, self.update)
        self._keys = Keys(intents)
        self._state = State()
        self._picture: Optional[Picture] = None
        self._chosen, self._hover = MaskPicture(CHOSEN), MaskPicture(HOVER)
        self._prepare()
        self.banner = Banner(self, intents)
        for watched in (canvas, *rivals):
            watched.installEventFilter(self)
        self.hide_tool()
        self.show()
        self.lower()  # Krita 5.3's floating bar is a child of the canvas too, and must stay on top
        canvas.setFocus()

    def hide_tool(self) -> None:
        """Have Krita's tool draw no outline; it sees the pointer again whenever it pans, zooms or rotates."""
        if not is_gone(self) and not self._gestures.passes:
            hide_tool(self._canvas)

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
        shown = state.preview or state.hover
        if shown is not None and shown is not (self._state.preview or self._state.hover):
            self._choose_tint(shown)
        self._state = state
        self.banner.show_state(state, sentence, can_retry=can_retry)
        self.update()

    def show_on(self, picture: Picture) -> None:
        """Choose the masks' tint by this picture from now on."""
        self._picture = picture

    def _choose_tint(self, shown: Preview) -> None:
        if self._picture is not None:
            tint = tint_for(self._picture, shown)
            self._chosen.look, self._hover.look = chosen_look(tint), hover_look(tint)

    # Events.

    def eventFilter(self, _watched: Any, event: Any) -> bool:
        """Follow the canvas's size, and take our keys before Krita's shortcuts do."""
        kind = event.type()
        if kind == _Event.Shortcut:
            at_canvas = bool(self._canvas.hasFocus())
            front = bool(self._intents.in_front())
            return front and self._keys.handle_shortcut(event, at_canvas=at_canvas)
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
            self._release(event)
        return bool(event.isAccepted())

    def enterEvent(self, event: Any) -> None:
        """The keys are the mode's as soon as the pointer is here."""
        self._take_keys()
        super().enterEvent(event)

    def _take_keys(self) -> None:
        if give_keyboard(self._canvas):
            self._look_first()

    def mousePressEvent(self, event: Any) -> None:
        """Begin a click or a box."""
        self._canvas.setFocus()
        self._gestures.press(event, position(event))

    def mouseMoveEvent(self, event: Any) -> None:
        """Go on with a box, or hover."""
        self._take_keys()
        self._gestures.move(event, position(event))

    def mouseReleaseEvent(self, event: Any) -> None:
        """End a click or a box."""
        self._release(event)

    def _release(self, event: Any) -> None:
        self._gestures.release(event, position(event))
        if not event.isAccepted():
            QtCore.QTimer.singleShot(0, self.hide_tool)

    def wheelEvent(self, event: Any) -> None:
        """The wheel is Krita's."""
        event.ignore()
        QtCore.QTimer.singleShot(0, self.hide_tool)

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
