# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting an opaque picture out without changing any of its numbers."""

from __future__ import annotations

import re
import struct
from typing import Any, Callable, Dict, Tuple

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
from gi.repository import Babl, Gegl

from maskwright_shared.geometry import Bounds

from .pixels import rectangle, write

_COMPONENT = re.compile(r"^[RY][^ ]*A (u8|u16|u32|half|float|double)\b")
_PACKED: Dict[str, Callable[[int], bytes]] = {
    "u8": lambda level: struct.pack("=B", level),
    "u16": lambda level: struct.pack("=H", level * 257),
    "u32": lambda level: struct.pack("=L", level * 16843009),
    "half": lambda level: struct.pack("=e", level / 255),
    "float": lambda level: struct.pack("=f", level / 255),
    "double": lambda level: struct.pack("=d", level / 255),
}


def fill_with_opaque(layer: Any, source: Any, inside: Bounds, alpha: bytes) -> bool:
    """Fill a layer with the opaque source's own numbers and an alpha of 8 bits; False where it is not opaque.

    GIMP's own way to add an alpha channel changes colours in images of 16 bits with a profile. Indexed images
    and sources of another kind (channels) are left to GIMP as well.
    """
    form = Babl.get_name(layer.get_format())
    planes = _alpha_planes(form, alpha)
    given = bytes(source.get_buffer().get(rectangle(inside), 1.0, None, Gegl.AbyssPolicy.NONE))
    with_alpha, has_alpha = layer.get_bpp(), source.has_alpha()
    size = with_alpha - len(planes)
    if not planes or source.get_bpp() != (with_alpha if has_alpha else size):
        return False
    stride = with_alpha if has_alpha else size
    opaque = _alpha_planes(form, b"\xff")
    if has_alpha and any(given[size + i :: stride].strip(plane) for i, plane in enumerate(opaque)):
        return False
    data = bytearray(len(alpha) * with_alpha)
    for i in range(size):
        data[i::with_alpha] = given[i::stride]
    for i, plane in enumerate(planes):
        data[size + i :: with_alpha] = plane
    write(layer, Bounds(0, 0, inside.width, inside.height), form, data)
    return True


def _alpha_planes(form: str, alpha: bytes) -> Tuple[bytes, ...]:
    """Return alpha (8 bits, 255 opaque) as each byte of the component type of a format with an alpha channel."""
    kind = _COMPONENT.search(form)
    if kind is None:
        return ()
    levels = [_PACKED[kind.group(1)](level) for level in range(256)]
    return tuple(alpha.translate(bytes(column)) for column in zip(*levels))
