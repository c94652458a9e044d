# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview as a widget: shows the painter's picture, and turns mouse and keys into prompts.

Everything here counts screen pixels; GTK's own pixels are several of them wide on a screen of high density.
"""

from __future__ import annotations

from typing import Any, Optional, Protocol, Tuple

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

from maskwright_shared.geometry import Bounds, Box, View

from .painter import Painter, Scene
from .sharp import screen_scale, show_sharply
from .viewport import Viewport

ZOOM_STEP = 1.25
DRAG_PIXELS = 4
KEY_STEP = 16
_SETTLE_MILLISECONDS = 60


class Listener(Protocol):
    """What the preview tells; positions are the image's."""

    def on_click(self, x: float, y: float, *, foreground: bool) -> None:
        """The user pointed at something that belongs to the object, or does not."""

    def on_box(self, box: Box) -> None:
        """The user drew a box."""

    def on_hover(self, position: Optional[Tuple[float, float]]) -> None:
        """The pointer is there, or has left the picture."""

    def on_view(self, view: View) -> None:
        """Another part of the image is shown since a moment."""


class Canvas:
    """The preview; `widget` goes into the window."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._painter = Painter()
        self._bounds: Optional[Bounds] = None
        self._fits = True
        self._scene = Scene()
        self._pressed: Optional[Tuple[int, float, float]] = None
        self._panned_from: Optional[Tuple[float, float]] = None
        self._cursor: Optional[Tuple[float, float]] = None
        self._cursor_hovers = False
        self._draw_wanted = 0
        self._settling = 0
        self.viewport: Optional[Viewport] = None
        self.widget = self._make_widget()

    def _make_widget(self) -> Any:
        self._image = Gtk.Image(halign=Gtk.Align.START, valign=Gtk.Align.START)
        widget = Gtk.Layout(can_focus=True, hexpand=True, vexpand=True)
        widget.set_size_request(240, 180)
        widget.put(self._image, 0, 0)
        mask = Gdk.EventMask
        widget.add_events(
            mask.BUTTON_PRESS_MASK
            | mask.BUTTON_RELEASE_MASK
            | mask.POINTER_MOTION_MASK
            | mask.ENTER_NOTIFY_MASK
            | mask.LEAVE_NOTIFY_MASK
            | mask.SCROLL_MASK
            | mask.KEY_PRESS_MASK
        )
        for signal, handler in (
            ("size-allocate", self._on_size),
            ("button-press-event", self._on_press),
            ("button-release-event", self._on_release),
            ("motion-notify-event", self._on_motion),
            ("enter-notify-event", self._on_motion),
            ("leave-notify-event", self._on_leave),
            ("scroll-event", self._on_scroll),
            ("focus-out-event", self._on_focus_out),
            ("notify::scale-factor", self._on_scale),
        ):
            widget.connect(signal, handler)
        return widget

    # What is shown.

    def set_picture(self, pixbuf: Any, bounds: Bounds) -> None:
        """Show these pixels, which stand for `bounds` of the image; the part that is seen stays when it can."""
        self._painter.set_picture(pixbuf)
        if bounds != self._bounds:
            self._bounds, self._fits = bounds, True
            self._refit()
        self._changed()

    def set_scene(self, scene: Scene) -> None:
        """Show this mask and these prompts over the picture."""
        self._scene = scene._replace(cursor=self._cursor, drag=self._scene.drag, scale=self._scale)
        self._redraw()

    def small(self, preview: Any, width: int, height: int) -> Any:
        """Return a small picture of what is seen, with a mask in it, or None before there is a picture."""
        return None if self.viewport is None else self._painter.small(self.viewport, preview, width, height)

    def fit(self) -> None:
        """Show all of the picture."""
        self._fits = True
        self._refit()
        self._changed()

    def zoom_by(self, factor: float, at: Optional[Tuple[float, float]] = None) -> None:
        """Zoom around a screen pixel of the preview, its middle by default."""
        if self.viewport is not None:
            self.zoom_to(self.viewport.zoom * factor, at)

    def zoom_to(self, zoom: float, at: Optional[Tuple[float, float]] = None) -> None:
        """Set the zoom: 1.0 shows one image pixel as one screen pixel."""
        if self.viewport is None:
            return
        middle = at or (self.viewport.width / 2, self.viewport.height / 2)
        self.viewport = self.viewport.at_zoom(zoom, middle)
        self._fits = self.viewport.zoom <= self.viewport.fitting_zoom and zoom < 1.0
        self._changed()

    def when_seen(self, call: Any) -> None:
        """Call once after the preview has been drawn, so that something long does not keep the user from seeing it."""
        clock = (
            self.widget.get_frame_clock()
        )  # the "draw" signal needs a cairo binding, which not every GIMP has

        def painted(_clock: Any) -> None:
            clock.disconnect(handler)
            call()

        handler = clock.connect("after-paint", painted)
        self.widget.queue_draw()

    def _refit(self) -> None:
        if self._bounds is not None:
            self.viewport = Viewport.fitting(self._bounds, *self._size)

    @property
    def _scale(self) -> int:
        return screen_scale(self.widget)

    @property
    def _size(self) -> Tuple[int, int]:
        scale = self._scale
        return self.widget.get_allocated_width() * scale, self.widget.get_allocated_height() * scale

    def _at(self, event: Any) -> Tuple[float, float]:
        """Return where on the preview a mouse event happened."""
        scale = self._scale
        return event.x * scale, event.y * scale

    def _changed(self) -> None:
        """Draw anew, and tell the listener once the user has come to rest."""
        self._redraw()
        if self._settling:
            GLib.source_remove(self._settling)
        self._settling = GLib.timeout_add(_SETTLE_MILLISECONDS, self._settled)

    def _settled(self) -> bool:
        self._settling = 0
        if self.viewport is not None:
            self._listener.on_view(self.viewport.view)
        return False

    def _redraw(self) -> None:
        if not self._draw_wanted:
            self._draw_wanted = GLib.idle_add(self._draw, priority=GLib.PRIORITY_HIGH_IDLE + 15)

    def _draw(self) -> bool:
        self._draw_wanted = 0
        if self.viewport is not None:
            show_sharply(self._image, self._painter.draw(self.viewport, self._scene))
        return False

    def close(self) -> None:
        """Draw no more."""
        for source in (self._draw_wanted, self._settling):
            if source:
                GLib.source_remove(source)
        self._draw_wanted = self._settling = 0

    # The mouse.

    def _on_scale(self, _widget: Any, _property: Any) -> None:
        self._scene = self._scene._replace(scale=self._scale)
        self._on_size(self.widget, None)

    def _on_size(self, _widget: Any, _place: Any) -> None:
        if self._bounds is None:
            return
        if self.viewport is not None and (self.viewport.width, self.viewport.height) == self._size:
            return  # GTK tells this size after every new picture, and another would follow without end
        if self._fits or self.viewport is None:
            self._refit()
        else:
            self.viewport = self.viewport.resized(*self._size)
        self._changed()

    def _on_press(self, widget: Any, event: Any) -> bool:
        widget.grab_focus()
        if self.viewport is None or event.type != Gdk.EventType.BUTTON_PRESS:
            return True
        if event.button == Gdk.BUTTON_MIDDLE:
            self._panned_from = self._at(event)
        elif event.button in (Gdk.BUTTON_PRIMARY, Gdk.BUTTON_SECONDARY):
            self._pressed = (event.button, *self._at(event))
            self._hover(None)
        return True

    def _on_release(self, _widget: Any, event: Any) -> bool:
        if event.button == Gdk.BUTTON_MIDDLE:
            self._panned_from = None
            return True
        pressed, self._pressed = self._pressed, None
        if pressed is None or self.viewport is None or pressed[0] != event.button:
            return True
        box = self._dragged(pressed, event)
        if self._scene.drag is not None:
            self._scene = self._scene._replace(drag=None)
            self._redraw()
        if box is not None:
            self._listener.on_box(box)
        else:
            shift = bool(event.state & Gdk.ModifierType.SHIFT_MASK)
            is_foreground = event.button == Gdk.BUTTON_PRIMARY and not shift
            self._click(pressed[1], pressed[2], foreground=is_foreground)
        return True

    def _click(self, cx: float, cy: float, *, foreground: bool) -> None:
        position = self._in_picture(cx, cy)
        if position is not None:
            self._listener.on_click(*position, foreground=foreground)

    def _in_picture(self, cx: float, cy: float) -> Optional[Tuple[float, float]]:
        if self.viewport is None:
            return None
        x, y = self.viewport.to_image(cx, cy)
        bounds = self.viewport.bounds
        inside = bounds.x <= x < bounds.right and bounds.y <= y < bounds.bottom
        return (round(x, 2), round(y, 2)) if inside else None

    def _dragged(self, pressed: Tuple[int, float, float], event: Any) -> Optional[Box]:
        """Return the box of a drag with the left button, clipped to the picture; None for a click."""
        button, x0, y0 = pressed
        x1, y1 = self._at(event)
        far = max(abs(x1 - x0), abs(y1 - y0)) >= DRAG_PIXELS * self._scale
        if self.viewport is None or button != Gdk.BUTTON_PRIMARY or not far:
            return None
        box = Box.spanning(*self.viewport.to_image(x0, y0), *self.viewport.to_image(x1, y1))
        bounds = self.viewport.bounds
        clipped = Box(
            max(box.x0, float(bounds.x)),
            max(box.y0, float(bounds.y)),
            min(box.x1, float(bounds.right)),
            min(box.y1, float(bounds.bottom)),
        )
        return clipped if clipped.x0 < clipped.x1 and clipped.y0 < clipped.y1 else None

    def _on_motion(self, _widget: Any, event: Any) -> bool:
        if self.viewport is None:
            return True
        if self._panned_from is not None:
            x, y = self._at(event)
            dx, dy = x - self._panned_from[0], y - self._panned_from[1]
            self._panned_from = (x, y)
            self.viewport = self.viewport.panned(dx, dy)
            self._changed()
        elif self._pressed is not None:
            self._scene = self._scene._replace(drag=self._dragged(self._pressed, event))
            self._redraw()
        else:
            self._hover(self._in_picture(*self._at(event)))
        return True

    def _on_leave(self, _widget: Any, _event: Any) -> bool:
        self._hover(None)
        return True

    def _hover(self, position: Optional[Tuple[float, float]], *, by_cursor: bool = False) -> None:
        self._cursor_hovers = by_cursor
        self._listener.on_hover(position)

    def _on_scroll(self, _widget: Any, event: Any) -> bool:
        directions = {Gdk.ScrollDirection.UP: ZOOM_STEP, Gdk.ScrollDirection.DOWN: 1 / ZOOM_STEP}
        if event.direction in directions:
            self.zoom_by(directions[event.direction], self._at(event))
        return True

    # The keyboard: a cross to point with.

    def move_cursor(self, dx: int, dy: int) -> None:
        """Move the cross by screen pixels; it first appears in the middle of what is seen."""
        if self.viewport is None:
            return
        middle = self.viewport.to_image(self.viewport.width / 2, self.viewport.height / 2)
        x, y = self._cursor or middle
        bounds, zoom = self.viewport.bounds, self.viewport.zoom
        x = min(max(x + dx / zoom, bounds.x + 0.5), bounds.right - 0.5)
        y = min(max(y + dy / zoom, bounds.y + 0.5), bounds.bottom - 0.5)
        self._cursor = (x, y)
        self._scene = self._scene._replace(cursor=self._cursor)
        moved = self.viewport.showing(x, y)
        if moved != self.viewport:
            self.viewport = moved
            self._changed()
        self._redraw()
        self._hover(self._cursor, by_cursor=True)

    def click_cursor(self, *, foreground: bool) -> None:
        """Click where the cross is."""
        if self._cursor is not None:
            self._hover(None)
            self._listener.on_click(*self._cursor, foreground=foreground)

    def _on_focus_out(self, _widget: Any, _event: Any) -> bool:
        self._cursor = None
        self._scene = self._scene._replace(cursor=None)
        self._redraw()
        if self._cursor_hovers:
            self._hover(None)  # the pointer's stays
        return False
