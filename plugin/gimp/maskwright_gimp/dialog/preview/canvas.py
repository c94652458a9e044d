# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview as a widget: shows the painter's picture of the part of the image that is seen.

Everything here counts screen pixels; GTK's own pixels are several of them wide on a screen of high density.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

from maskwright_shared.geometry import Bounds, Box, View

from .painter import Painter, Scene
from .sharp import screen_scale, show_sharply
from .viewport import Viewport

ZOOM_STEP = 1.25
_SETTLE_MILLISECONDS = 60


class Canvas:
    """`widget` goes into the window; `settled(view)` is told when another part of the image is seen since a moment."""

    def __init__(self, settled: Callable[[View], None]) -> None:
        self._tell = settled
        self._painter = Painter()
        self._bounds: Optional[Bounds] = None
        self._fits = True
        self._scene = Scene()
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
        widget.connect("size-allocate", self._on_size)
        widget.connect("notify::scale-factor", self._on_scale)
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
        now = self._scene
        self._scene = scene._replace(cursor=now.cursor, drag=now.drag, scale=self.scale)
        self._redraw()

    def show_drag(self, box: Optional[Box]) -> None:
        """Show the box that is being drawn, or none."""
        if box != self._scene.drag:
            self._scene = self._scene._replace(drag=box)
            self._redraw()

    def show_cursor(self, position: Optional[Tuple[float, float]]) -> None:
        """Show a cross at a point of the image, which comes into view, or none."""
        self._scene = self._scene._replace(cursor=position)
        self._redraw()
        if position is not None and self.viewport is not None:
            self._go_to(self.viewport.showing(*position))

    def small(self, preview: Any, width: int, height: int) -> Any:
        """Return a small picture of what is seen, with a mask in it, or None before there is a picture."""
        return None if self.viewport is None else self._painter.small(self.viewport, preview, width, height)

    # Which part is seen.

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

    def pan(self, dx: float, dy: float) -> None:
        """Pull the picture by screen pixels."""
        if self.viewport is not None:
            self.viewport = self.viewport.panned(dx, dy)
            self._changed()

    def position(self, cx: float, cy: float) -> Optional[Tuple[float, float]]:
        """Return the point of the image under a screen pixel of the preview, None beside the picture."""
        if self.viewport is None:
            return None
        x, y = self.viewport.to_image(cx, cy)
        bounds = self.viewport.bounds
        inside = bounds.x <= x < bounds.right and bounds.y <= y < bounds.bottom
        return (round(x, 2), round(y, 2)) if inside else None

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Optional[Box]:
        """Return the box of the image between two screen pixels, clipped to the picture; None where nothing is left."""
        if self.viewport is None:
            return None
        box = Box.spanning(*self.viewport.to_image(x0, y0), *self.viewport.to_image(x1, y1))
        bounds = self.viewport.bounds
        left, top = max(box.x0, float(bounds.x)), max(box.y0, float(bounds.y))
        right, bottom = min(box.x1, float(bounds.right)), min(box.y1, float(bounds.bottom))
        return Box(left, top, right, bottom) if left < right and top < bottom else None

    @property
    def scale(self) -> int:
        """How many screen pixels one of GTK's is wide and high here."""
        return screen_scale(self.widget)

    @property
    def _size(self) -> Tuple[int, int]:
        scale = self.scale
        return self.widget.get_allocated_width() * scale, self.widget.get_allocated_height() * scale

    def _refit(self) -> None:
        if self._bounds is not None:
            self.viewport = Viewport.fitting(self._bounds, *self._size)

    def _go_to(self, viewport: Viewport) -> None:
        if viewport != self.viewport:
            self.viewport = viewport
            self._changed()

    def _on_scale(self, _widget: Any, _property: Any) -> None:
        self._scene = self._scene._replace(scale=self.scale)
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

    # Drawing.

    def when_seen(self, call: Any) -> None:
        """Call once after the preview has been drawn, so that something long does not keep the user from seeing it."""
        # The "draw" signal needs a cairo binding, which not every GIMP has.
        clock = self.widget.get_frame_clock()

        def painted(_clock: Any) -> None:
            clock.disconnect(handler)
            call()

        handler = clock.connect("after-paint", painted)
        self.widget.queue_draw()

    def close(self) -> None:
        """Draw no more."""
        for source in (self._draw_wanted, self._settling):
            if source:
                GLib.source_remove(source)
        self._draw_wanted = self._settling = 0

    def _changed(self) -> None:
        """Draw anew, and tell of the view once the user has come to rest."""
        self._redraw()
        if self._settling:
            GLib.source_remove(self._settling)
        self._settling = GLib.timeout_add(_SETTLE_MILLISECONDS, self._settled)

    def _settled(self) -> bool:
        self._settling = 0
        if self.viewport is not None:
            self._tell(self.viewport.view)
        return False

    def _redraw(self) -> None:
        if not self._draw_wanted:
            self._draw_wanted = GLib.idle_add(self._draw, priority=GLib.PRIORITY_HIGH_IDLE + 15)

    def _draw(self) -> bool:
        self._draw_wanted = 0
        if self.viewport is not None:
            show_sharply(self._image, self._painter.draw(self.viewport, self._scene))
        return False
