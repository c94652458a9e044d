# SPDX-License-Identifier: GPL-3.0-or-later
"""Native pixels cut out by an 8-bit mask, exact in every depth. Pure bytes: neither Krita nor Qt."""

from __future__ import annotations

import re
import struct
from typing import Callable, Dict, Tuple

_FORMATS: Dict[str, Tuple[str, float]] = {
    "U8": ("<B", 255),
    "U16": ("<H", 65535),
    "F16": ("<e", 1.0),
    "F32": ("<f", 1.0),
}
_NOTHING = re.compile(rb"\x00+")
_SOFT = re.compile(rb"[\x01-\xfe]")


def cut_out(pixels: bytes, alpha: bytes, pixel_size: int, depth: str) -> bytearray:
    """Return the pixels with their alpha (the last component) multiplied by alpha / 255.

    `pixels` holds len(alpha) pixels of `pixel_size` bytes, little-endian, `depth` is Krita's name (U8, U16, F16, F32).
    Where the mask is 0 the whole pixel becomes 0, so that nothing of what was cut away stays hidden in the file.
    """
    layout, most = _FORMATS[depth]
    width = struct.calcsize(layout)
    result = bytearray(pixels)
    planes = range(pixel_size - width, pixel_size)
    opaque = struct.pack(layout, int(most) if layout in ("<B", "<H") else most)
    if all(result[at::pixel_size].count(opaque[k]) == len(alpha) for k, at in enumerate(planes)):
        for at, table in zip(planes, _tables(layout, most)):
            result[at::pixel_size] = alpha.translate(table)
    else:
        _multiply(result, alpha, pixel_size, layout)
    for run in _NOTHING.finditer(alpha):
        start, end = run.span()
        result[start * pixel_size : end * pixel_size] = bytes((end - start) * pixel_size)
    return result


def _tables(layout: str, most: float) -> Tuple[bytes, ...]:
    """For each byte of an alpha value, its value under every mask value: an opaque layer needs no arithmetic."""
    scaled = _scaled(layout)
    packed = [struct.pack(layout, scaled(int(most) if most > 1 else most, value)) for value in range(256)]
    return tuple(bytes(column) for column in zip(*packed))


def _scaled(layout: str) -> Callable[[float, int], float]:
    if layout in ("<B", "<H"):
        return lambda value, mask: (int(value) * mask + 127) // 255
    return lambda value, mask: value * mask / 255


def _multiply(result: bytearray, alpha: bytes, pixel_size: int, layout: str) -> None:
    scaled = _scaled(layout)
    item = struct.Struct(layout)
    for match in _SOFT.finditer(alpha):
        at = (match.start() + 1) * pixel_size - item.size
        item.pack_into(result, at, scaled(item.unpack_from(result, at)[0], alpha[match.start()]))
