# SPDX-License-Identifier: GPL-3.0-or-later
"""Presses, moves and releases of a mouse or a pen become clicks, boxes and hovering, in image coordinates."""

from __future__ import annotations

from typing import Any, Callable, Optional, Protocol

from maskwright_shared.geometry import Box

from ..qt import Qt, QtCore, QtGui
from .mapping import Mapping

DRAG_PIXELS = 5
_Left, _Right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Intents(Protocol):
    """What a user can want while picking."""

    def click(self, x: float, y: float, *, foreground: bool, modifiers: Any) -> None:
        """Add a point; `modifiers` are the keyboard's."""

    def box(self, box: Box, *, modifiers: Any) -> None:
        """Set the box."""

    def miss(self) -> None:
        """A click or a drag has touched nothing of the image."""

    def in_front(self) -> bool:
        """Whether this is the view in front."""

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """See what a click there would select; None ends it."""

    def undo(self) -> None:
        """Take the last prompt back."""

    def redo(self) -> None:
        """Make it again."""

    def next_candidate(self, step: int) -> None:
        """Go through the candidates."""

    def apply(self, modifiers: Any = None) -> None:
        """Make the mask the target."""

    def cancel(self) -> None:
        """Leave everything as it was."""

    def retry(self) -> None:
        """Try again after a failure."""

    def restart(self) -> None:
        """End a backend that hangs, and start another one."""


class Gestures:
    """The press under way, and the space bar, under which presses belong to Krita."""

    def __init__(self, intents: Intents, mapping: Callable[[], Mapping], redraw: Callable[[], None]) -> None:
        self._intents = intents
        self._mapping = mapping
        self._redraw = redraw
        self._button: Any = None
        self._start: Any = None
        self._now: Any = None
        self._erasing = False
        self._space = False
        self.passes = False
        """Whether a button is down that belongs to Krita, which pans, zooms or rotates by it."""

    @property
    def drawn(self) -> Any:
        """The box being drawn as a polygon of the widget, or None."""
        if self._button != _Left or not self._is_drag():
            return None
        mapping = self._mapping()
        ax, ay = mapping.to_image(self._start.x(), self._start.y())
        bx, by = mapping.to_image(self._now.x(), self._now.y())
        rect = QtCore.QRectF(QtCore.QPointF(ax, ay), QtCore.QPointF(bx, by)).normalized()
        return mapping.transform.map(QtGui.QPolygonF(rect))

    def key(self, event: Any, *, pressed: bool) -> None:
        """Watch the space bar; a held one repeats itself as releases and presses, which say nothing."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = pressed

    def forget_keys(self) -> None:
        """Forget the space bar."""
        self._space = False

    def press(self, event: Any, at: Any) -> None:
        """Begin; an event that is not ours is ignored, so that the canvas gets it."""
        if self._space or event.button() not in (_Left, _Right):
            event.ignore()
            self.passes = True
            return
        event.accept()
        self._button, self._start, self._now = event.button(), at, at
        self._erasing = _is_eraser(event)
        self._intents.hover(None)

    def move(self, event: Any, at: Any) -> None:
        """Go on drawing, or hover."""
        if self._button is not None:
            event.accept()
            self._now = at
            self._redraw()
            return
        if self._space or event.buttons() != Qt.MouseButton.NoButton:
            event.ignore()
            return
        event.accept()  # else the canvas would draw the brush's outline under the pointer
        self._hover(at)

    def _hover(self, at: Any) -> None:
        mapping = self._mapping()
        x, y = self._folded(mapping, at)
        self._intents.hover(*((x, y) if mapping.inside(x, y) else (None,)))

    def release(self, event: Any, at: Any) -> None:
        """End: a click where it began, or a box."""
        if self._button is None or event.button() != self._button:
            event.ignore()
            self.passes = False
            return
        event.accept()
        self._now = at
        button, self._button = self._button, None
        mapping = self._mapping()
        if button == _Left and self._is_drag():
            self._end_box(mapping, event.modifiers())
        else:
            x, y = self._folded(mapping, self._start)
            if mapping.inside(x, y):
                foreground = button == _Left and not self._erasing
                self._intents.click(x, y, foreground=foreground, modifiers=event.modifiers())
            else:
                self._intents.miss()
        self._redraw()

    def leave(self) -> None:
        """The pointer left the canvas."""
        self._intents.hover(None)

    def _end_box(self, mapping: Mapping, modifiers: Any) -> None:
        ax, ay = mapping.to_image(self._start.x(), self._start.y())
        bx, by = mapping.to_image(self._now.x(), self._now.y())
        across, down = mapping.tile(ax, ay)
        box = mapping.clipped(Box.spanning(ax - across, ay - down, bx - across, by - down))
        if box.x1 - box.x0 >= 1 and box.y1 - box.y0 >= 1:
            self._intents.box(box, modifiers=modifiers)
        else:
            self._intents.miss()

    def _is_drag(self) -> bool:
        moved = self._now - self._start
        return bool(abs(moved.x()) >= DRAG_PIXELS or abs(moved.y()) >= DRAG_PIXELS)

    @staticmethod
    def _folded(mapping: Mapping, at: Any) -> Any:
        x, y = mapping.to_image(at.x(), at.y())
        across, down = mapping.tile(x, y)
        return x - across, y - down


def _is_eraser(event: Any) -> bool:
    kind = event.pointerType() if hasattr(event, "pointerType") else None
    eraser = getattr(QtGui.QTabletEvent, "Eraser", None)
    if eraser is None:
        eraser = QtGui.QPointingDevice.PointerType.Eraser
    return kind is not None and kind == eraser
