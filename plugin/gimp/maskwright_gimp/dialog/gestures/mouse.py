# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouse over the preview: clicks, boxes, hovering, zooming and panning. It counts screen pixels."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple

import gi

gi.require_version("Gdk", "3.0")
from gi.repository import Gdk

from maskwright_shared.geometry import Box

from ..preview.canvas import ZOOM_STEP, Canvas
from .cross import Cross
from .listener import Listener

DRAG_PIXELS = 4
_WHEEL = {Gdk.ScrollDirection.UP: ZOOM_STEP, Gdk.ScrollDirection.DOWN: 1 / ZOOM_STEP}
_REPEATED = (Gdk.EventType.DOUBLE_BUTTON_PRESS, Gdk.EventType.TRIPLE_BUTTON_PRESS)


class Press(NamedTuple):
    """A button that is held since it went down at (x, y); as the second one of a double click it may only drag."""

    button: int
    x: float
    y: float
    repeated: bool = False


class Mouse:
    """Tells the listener what the mouse does over the canvas; its hovering ends the cross's."""

    def __init__(self, canvas: Canvas, cross: Cross, listener: Listener) -> None:
        self._canvas = canvas
        self._cross = cross
        self._listener = listener
        self._pressed: Optional[Press] = None
        self._panned_from: Optional[Tuple[float, float]] = None
        for signal, handler in (
            ("button-press-event", self._on_press),
            ("button-release-event", self._on_release),
            ("motion-notify-event", self._on_motion),
            ("enter-notify-event", self._on_motion),
            ("leave-notify-event", self._on_leave),
            ("scroll-event", self._on_scroll),
        ):
            canvas.widget.connect(signal, handler)

    def _at(self, event: Any) -> Tuple[float, float]:
        """Return where on the preview a mouse event happened."""
        scale = self._canvas.scale
        return event.x * scale, event.y * scale

    def _on_press(self, widget: Any, event: Any) -> bool:
        widget.grab_focus()
        if event.type in _REPEATED and self._pressed is not None:
            self._pressed = self._pressed._replace(repeated=True)
        if event.type != Gdk.EventType.BUTTON_PRESS:
            return True
        if event.button == Gdk.BUTTON_MIDDLE:
            self._panned_from = self._at(event)
        elif event.button in (Gdk.BUTTON_PRIMARY, Gdk.BUTTON_SECONDARY):
            self._pressed = Press(event.button, *self._at(event))
            self._hover(None)
        return True

    def _on_release(self, _widget: Any, event: Any) -> bool:
        if event.button == Gdk.BUTTON_MIDDLE:
            self._panned_from = None
            return True
        pressed, self._pressed = self._pressed, None
        if pressed is None or pressed.button != event.button:
            return True
        box = self._dragged(pressed, event)
        self._canvas.show_drag(None)
        if box is not None:
            self._listener.on_box(box)
        elif not pressed.repeated:
            shift = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
            self._click(pressed, foreground=event.button == Gdk.BUTTON_PRIMARY and not shift)
        return True

    def _click(self, pressed: Press, *, foreground: bool) -> None:
        position = self._canvas.position(pressed.x, pressed.y)
        if position is not None:
            self._listener.on_click(*position, foreground=foreground)

    def _dragged(self, pressed: Press, event: Any) -> Optional[Box]:
        """Return the box of a drag with the left button, clipped to the picture; None for a click."""
        x, y = self._at(event)
        far = max(abs(x - pressed.x), abs(y - pressed.y)) >= DRAG_PIXELS * self._canvas.scale
        if pressed.button != Gdk.BUTTON_PRIMARY or not far:
            return None
        return self._canvas.box(pressed.x, pressed.y, x, y)

    def _on_motion(self, _widget: Any, event: Any) -> bool:
        x, y = self._at(event)
        if self._panned_from is not None:
            self._canvas.pan(x - self._panned_from[0], y - self._panned_from[1])
            self._panned_from = (x, y)
        elif self._pressed is not None:
            self._canvas.show_drag(self._dragged(self._pressed, event))
        else:
            self._hover(self._canvas.position(x, y))
        return True

    def _on_leave(self, _widget: Any, _event: Any) -> bool:
        self._hover(None)
        return True

    def _hover(self, position: Optional[Tuple[float, float]]) -> None:
        self._cross.yield_hover()
        self._listener.on_hover(position)

    def _on_scroll(self, _widget: Any, event: Any) -> bool:
        if event.direction in _WHEEL:
            self._canvas.zoom_by(_WHEEL[event.direction], self._at(event))
        return True
