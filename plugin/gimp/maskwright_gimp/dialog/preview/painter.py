# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview's picture: image, mask, hover, prompts, drawn by GdkPixbuf alone."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib

from maskwright_plugin.picking.prompts import Prompts
from maskwright_plugin.picking.state import Preview
from maskwright_shared.geometry import Box

from .overlays import Overlay, hover_overlay, overlays
from .viewport import Viewport

_RGB = GdkPixbuf.Colorspace.RGB
_NEAREST, _BILINEAR = GdkPixbuf.InterpType.NEAREST, GdkPixbuf.InterpType.BILINEAR
_AROUND = 0x303030FF
_RADIUS = 7
_SHARP_ZOOM = 2.0
_COLOURS = {True: b"\x2e\xcc\x40", False: b"\xff\x41\x36"}


def pixbuf_of(width: int, height: int, channels: str, data: Any) -> Any:
    """Return pixels (GRAY, GRAYA, RGB or RGBA, 8 bits) as a GdkPixbuf that shares them."""
    if channels in ("GRAY", "GRAYA"):
        channels, data = _from_grey(bytes(data), with_alpha=channels == "GRAYA")
    has_alpha = channels == "RGBA"
    stride = width * (4 if has_alpha else 3)
    return GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(data), _RGB, has_alpha, 8, width, height, stride)


def _from_grey(data: bytes, *, with_alpha: bool) -> Any:
    if not with_alpha:
        out = bytearray(3 * len(data))
        out[0::3] = out[1::3] = out[2::3] = data
        return "RGB", bytes(out)
    out = bytearray(2 * len(data))
    out[0::4] = out[1::4] = out[2::4] = data[0::2]
    out[3::4] = data[1::2]
    return "RGBA", bytes(out)


class Scene(NamedTuple):
    """All that is to be seen besides the image itself; marks and lines are `scale` times their usual size."""

    preview: Optional[Preview] = None
    hover: Optional[Preview] = None
    style: str = "tint"
    prompts: Prompts = Prompts()
    drag: Optional[Box] = None
    cursor: Any = None
    scale: int = 1


class Painter:
    """Draws one image; smaller copies of it are made once, so that panning and zooming stay fluid."""

    def __init__(self) -> None:
        self._levels: List[Any] = []
        self._base: Any = None
        self._base_of: Optional[Viewport] = None
        self._marks: Dict[Tuple[bool, int], Any] = {}

    def set_picture(self, picture: Any) -> None:
        """Show this pixbuf, stretched over the viewport's bounds (it may be a small copy of the image)."""
        self._levels = [picture]
        self._base_of = None

    def draw(self, viewport: Viewport, scene: Scene) -> Any:
        """Return the preview as a new pixbuf of the viewport's size."""
        out = self.base(viewport).copy()
        if scene.preview is not None:
            for overlay in overlays(scene.preview, scene.style):
                _lay(out, viewport, scene.preview, overlay)
        if scene.hover is not None:
            for overlay in hover_overlay(scene.hover):
                _lay(out, viewport, scene.hover, overlay)
        for box in (scene.prompts.box, scene.drag):
            if box is not None:
                _draw_box(out, viewport, box, scene.scale)
        for point in scene.prompts.points:
            x, y = viewport.to_screen(point.x, point.y)
            _stamp(out, self._mark(scene.scale, plus=point.foreground), round(x), round(y))
        if scene.cursor is not None:
            _draw_cross(out, *viewport.to_screen(*scene.cursor), scene.scale)
        return out

    def _mark(self, scale: int, *, plus: bool) -> Any:
        if (plus, scale) not in self._marks:
            self._marks[plus, scale] = _mark(_COLOURS[plus], scale, plus=plus)
        return self._marks[plus, scale]

    def base(self, viewport: Viewport) -> Any:
        """Return the image alone; it belongs to the painter."""
        if self._base is None or self._base_of != viewport:
            self._base = GdkPixbuf.Pixbuf.new(_RGB, False, 8, viewport.width, viewport.height)
            self._base.fill(_AROUND)
            self._base_of = viewport
            if self._levels:
                self._draw_base(viewport)
        return self._base

    def small(self, viewport: Viewport, preview: Preview, width: int, height: int) -> Any:
        """Return a small picture of the viewport with a mask in it, at most width x height."""
        full = self.base(viewport).copy()
        for overlay in overlays(preview, "tint"):
            _lay(full, viewport, preview, overlay)
        x, y, shown_width, shown_height = viewport.shown
        scale = min(width / shown_width, height / shown_height)
        part = full.new_subpixbuf(x, y, shown_width, shown_height)
        size = max(1, round(shown_width * scale)), max(1, round(shown_height * scale))
        return part.scale_simple(*size, _BILINEAR)

    def _draw_base(self, viewport: Viewport) -> None:
        level = self._level(viewport)
        scale_x = viewport.zoom * viewport.bounds.width / level.get_width()
        scale_y = viewport.zoom * viewport.bounds.height / level.get_height()
        left, top = viewport.to_screen(viewport.bounds.x, viewport.bounds.y)
        sharp = len(self._levels) > 0 and level is self._levels[0] and min(scale_x, scale_y) >= _SHARP_ZOOM
        how = _NEAREST if sharp else _BILINEAR
        place = (*viewport.shown, left, top, scale_x, scale_y, how)
        if level.get_has_alpha():
            level.composite_color(self._base, *place, 255, 0, 0, 8, 0x999999, 0x666666)
        else:
            level.scale(self._base, *place)

    def _level(self, viewport: Viewport) -> Any:
        """Return the smallest copy of the picture that is at least as large as what is to be drawn."""
        index = 0
        while True:
            level = self._levels[index]
            wide = level.get_width() >= 2 * viewport.zoom * viewport.bounds.width
            if not wide or min(level.get_width(), level.get_height()) < 2:
                return level
            if index + 1 == len(self._levels):
                half = level.get_width() // 2, level.get_height() // 2
                self._levels.append(level.scale_simple(*half, _BILINEAR))
            index += 1


def _lay(out: Any, viewport: Viewport, preview: Preview, overlay: Overlay) -> None:
    """Composite an overlay, which lies in the raster of its preview's view, where that view is seen now."""
    view = preview.view
    scale_x = view.width / view.columns * viewport.zoom
    scale_y = view.height / view.rows * viewport.zoom
    left, top = viewport.to_screen(view.x, view.y)
    left, top = _near_whole(left + overlay.x * scale_x), _near_whole(top + overlay.y * scale_y)
    x0, y0 = max(0, round(left)), max(0, round(top))
    x1 = min(out.get_width(), round(left + overlay.width * scale_x))
    y1 = min(out.get_height(), round(top + overlay.height * scale_y))
    if x1 <= x0 or y1 <= y0:
        return
    pixels = pixbuf_of(overlay.width, overlay.height, "RGBA", overlay.rgba)
    how = _NEAREST if scale_x >= 1.0 or abs(scale_x - 1.0) < 1e-6 else _BILINEAR
    pixels.composite(out, x0, y0, x1 - x0, y1 - y0, left, top, scale_x, scale_y, how, 255)


def _near_whole(value: float) -> float:
    """Return the whole number next to a value that differs from it by rounding errors alone."""
    return float(round(value)) if abs(value - round(value)) < 1e-3 else value


def _draw_box(out: Any, viewport: Viewport, box: Box, scale: int) -> None:
    x0, y0 = (round(value) for value in viewport.to_screen(box.x0, box.y0))
    x1, y1 = (round(value) for value in viewport.to_screen(box.x1, box.y1))
    for inset, colour in ((0, 0xFFFFFFFF), (scale, 0x000000FF)):
        left, top, right, bottom = x0 + inset, y0 + inset, x1 - inset, y1 - inset
        for line in ((left, top, right, top + scale), (left, bottom - scale, right, bottom)):
            _fill(out, *line, colour)
        for line in ((left, top, left + scale, bottom), (right - scale, top, right, bottom)):
            _fill(out, *line, colour)


def _draw_cross(out: Any, x: float, y: float, scale: int) -> None:
    cx, cy, arm = round(x), round(y), 10 * scale
    for half, colour in (((3 * scale) // 2, 0x000000FF), (scale // 2, 0xFFFFFFFF)):
        _fill(out, cx - arm, cy - half, cx + arm + 1, cy + half + 1, colour)
        _fill(out, cx - half, cy - arm, cx + half + 1, cy + arm + 1, colour)


def _fill(out: Any, x0: int, y0: int, x1: int, y1: int, colour: int) -> None:
    x0, y0 = max(0, x0), max(0, y0)
    x1, y1 = min(out.get_width(), x1), min(out.get_height(), y1)
    if x1 > x0 and y1 > y0:
        out.new_subpixbuf(x0, y0, x1 - x0, y1 - y0).fill(colour)


def _stamp(out: Any, mark: Any, x: int, y: int) -> None:
    left, top = x - mark.get_width() // 2, y - mark.get_height() // 2
    x0, y0 = max(0, left), max(0, top)
    x1 = min(out.get_width(), left + mark.get_width())
    y1 = min(out.get_height(), top + mark.get_height())
    if x1 > x0 and y1 > y0:
        mark.composite(out, x0, y0, x1 - x0, y1 - y0, left, top, 1.0, 1.0, _NEAREST, 255)


def _mark(colour: bytes, scale: int, *, plus: bool) -> Any:
    """Return a disc with a white rim and a plus or a minus sign in it."""
    radius = _RADIUS * scale
    side = 2 * radius + 1
    rgba = bytearray()
    for y in range(-radius, radius + 1):
        for x in range(-radius, radius + 1):
            distance = (x * x + y * y) ** 0.5
            opacity = min(1.0, max(0.0, radius + 0.5 - distance))
            thin, long = scale, 4 * scale
            sign = (abs(y) < thin and abs(x) < long) or (plus and abs(x) < thin and abs(y) < long)
            white = sign or distance > radius - 2 * scale
            rgba += (b"\xff\xff\xff" if white else colour) + bytes((round(255 * opacity),))
    return pixbuf_of(side, side, "RGBA", bytes(rgba))
