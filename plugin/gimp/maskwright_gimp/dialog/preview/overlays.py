# SPDX-License-Identifier: GPL-3.0-or-later
"""Masks as coloured layers for the preview, made of whole-row operations on bytes.

Everything is RGBA, 8 bits, rows from the top without padding. There is neither numpy nor cairo in every GIMP's
Python, but bytes.translate, slices and large integers are as fast as C.
"""

from __future__ import annotations

from typing import List, NamedTuple

from maskwright_plugin.picking.state import Preview
from maskwright_shared.geometry import Bounds

STYLES = ("tint", "outline", "black", "white", "chequers")
TINT = b"\x1e\x90\xff"
HOVER = b"\xff\xd2\x3c"
_DARK, _LIGHT = b"\x66\x66\x66", b"\x99\x99\x99"
_SQUARE = 8
_FRAME = 2

_INVERTED = bytes(255 - level for level in range(256))
_TINTED = bytes(level * 115 // 255 for level in range(256))
_HOVERED = bytes(level * 80 // 255 for level in range(256))
_CUT = bytes(255 if level > 127 else 0 for level in range(256))


class Overlay(NamedTuple):
    """RGBA pixels that lie at (x, y) of a preview's raster."""

    x: int
    y: int
    width: int
    height: int
    rgba: bytes


def overlays(preview: Preview, style: str) -> List[Overlay]:
    """Return what to lay over the picture, from below, to show a mask in one of STYLES."""
    if style in ("black", "white", "chequers"):
        return [_surroundings(preview, style)]
    found = [] if preview.bounds.is_empty else [_outline(preview)]
    return [*_tint(preview, TINT, _TINTED), *found] if style == "tint" else found


def hover_overlay(preview: Preview) -> List[Overlay]:
    """Return what to lay over the picture to show what a click would select."""
    return _tint(preview, HOVER, _HOVERED)


def _tint(preview: Preview, colour: bytes, strength: bytes) -> List[Overlay]:
    bounds = preview.bounds
    if bounds.is_empty:
        return []
    alpha = bytes(preview.alpha).translate(strength)
    return [Overlay(bounds.x, bounds.y, bounds.width, bounds.height, _coloured(colour, alpha))]


def _coloured(colour: bytes, alpha: bytes) -> bytes:
    rgba = bytearray((colour + b"\0") * len(alpha))
    rgba[3::4] = alpha
    return bytes(rgba)


def _outline(preview: Preview) -> Overlay:
    """Return the edge between pixels on either side of 128: white inside, black outside, seen on any picture."""
    bounds = preview.bounds.grown(_FRAME)
    width, count = bounds.width, bounds.area
    inside = int.from_bytes(_framed(preview), "little")
    row = 8 * width
    whole = (1 << (8 * count)) - 1
    grown = (inside | inside << 8 | inside >> 8 | inside << row | inside >> row) & whole
    shrunk = inside & (inside << 8) & (inside >> 8) & (inside << row) & (inside >> row)
    rgba = bytearray(4 * count)
    light = (inside & ~shrunk & whole).to_bytes(count, "little")
    rgba[0::4] = rgba[1::4] = rgba[2::4] = light
    rgba[3::4] = (grown & ~shrunk & whole).to_bytes(count, "little")
    seen = preview.bounds.grown(1).intersection(Bounds(0, 0, preview.view.columns, preview.view.rows))
    return _part(bounds, bytes(rgba), seen)


def _part(bounds: Bounds, rgba: bytes, seen: Bounds) -> Overlay:
    """Return what lies in `seen`."""
    starts = [((y - bounds.y) * bounds.width + seen.x - bounds.x) * 4 for y in range(seen.y, seen.bottom)]
    return Overlay(*seen, b"".join(rgba[start : start + 4 * seen.width] for start in starts))


def _framed(preview: Preview) -> bytes:
    """Return the alpha as 0 and 255 with a frame: zeros, but more of the same beyond the view.

    To the left of a row's first pixel lies the last one of the row above: the outer pixels of the frame are there
    to be wrong in its place.
    """
    bounds, view = preview.bounds, preview.view
    width = bounds.width
    cut = bytes(preview.alpha).translate(_CUT)
    rows = []
    for start in range(0, len(cut), width):
        row = cut[start : start + width]
        before = row[:1] if bounds.x == 0 else b"\0"
        after = row[-1:] if bounds.right == view.columns else b"\0"
        rows.append(before * _FRAME + row + after * _FRAME)
    empty = bytes(width + 2 * _FRAME)
    above = rows[0] if bounds.y == 0 else empty
    below = rows[-1] if bounds.bottom == view.rows else empty
    return above * _FRAME + b"".join(rows) + below * _FRAME


def _surroundings(preview: Preview, style: str) -> Overlay:
    """Return a picture of the background over all but the mask."""
    columns, rows = preview.view.columns, preview.view.rows
    bounds = preview.bounds
    hidden = b"\xff" * columns
    alpha = bytes(preview.alpha).translate(_INVERTED)
    left, right = b"\xff" * bounds.x, b"\xff" * (columns - bounds.right)
    width = bounds.width
    middle = [left + alpha[i * width : (i + 1) * width] + right for i in range(bounds.height)]
    above = 0 if bounds.is_empty else bounds.y
    lines = [*[hidden] * above, *([] if bounds.is_empty else middle)]
    lines += [hidden] * (rows - len(lines))
    rgba = bytearray(_chequers(columns, rows)) if style == "chequers" else _plain(style, columns * rows)
    rgba[3::4] = b"".join(lines)
    return Overlay(0, 0, columns, rows, bytes(rgba))


def _plain(style: str, count: int) -> bytearray:
    return bytearray((b"\0\0\0\xff" if style == "black" else b"\xff\xff\xff\xff") * count)


def _chequers(columns: int, rows: int) -> bytes:
    dark, light = (_DARK + b"\xff") * _SQUARE, (_LIGHT + b"\xff") * _SQUARE
    even = ((dark + light) * (columns // (2 * _SQUARE) + 1))[: 4 * columns]
    odd = ((light + dark) * (columns // (2 * _SQUARE) + 1))[: 4 * columns]
    return b"".join((odd if y // _SQUARE % 2 else even) for y in range(rows))
