# SPDX-License-Identifier: GPL-3.0-or-later
"""TIFFs that Pillow opens, but whose samples it takes for others: mended before they are read, or refused.

Tags and values are those of TIFF 6.0 (Adobe, 1992). What is mended was found by writing every mixture of depth,
sign, byte order, planes and compression, and looking at what Pillow made of it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

SUBFILE, BITS, PHOTOMETRIC, PLANAR, FORMAT, DNG = 254, 258, 262, 284, 339, 50706
WHITE_IS_ZERO, SEPARATE, SIGNED = 0, 2, 2
ABSENT = -1


def mend(image: ImageFile) -> str:
    """Have Pillow read the samples as they are; return what keeps them from being read, or nothing."""
    tags: Any = getattr(image, "tag_v2", {})
    bits, planar = tags.get(BITS, (1,)), tags.get(PLANAR, 1)
    if DNG in tags or int(tags.get(SUBFILE, 0)) & 1:
        return "a camera's raw picture, or the preview of one"
    if len(set(bits)) > 1:
        return "a TIFF whose channels differ in depth"
    image.tile = [_mended(tile, bits[0], planar, tags) for tile in image.tile]
    return ""


def bits_of(image: Image) -> int:
    """Return how many of the 16 bits of a grey picture count: scanners and sensors often use 10, 12 or 14."""
    bits = _tag(image, BITS)
    return bits if 8 < bits < 16 else 16


def is_white_zero(image: Image) -> bool:
    """Whether low values are bright; Pillow turns such pixels round in 8 bits alone."""
    return _tag(image, PHOTOMETRIC) == WHITE_IS_ZERO and image.mode not in ("1", "L", "P")


def is_unsigned(image: Image) -> bool:
    """Whether whole numbers of 32 bits have no sign, which Pillow's mode for them always has."""
    return _tag(image, FORMAT) in (1, ABSENT) and _tag(image, BITS) == 32


def is_signed_byte(image: Image) -> bool:
    """Whether the 8 bits of a grey picture have a sign, which Pillow passes over."""
    return image.mode == "L" and _tag(image, FORMAT) == SIGNED and _tag(image, BITS) == 8


def _tag(image: Image, tag: int) -> int:
    value: Any = getattr(image, "tag_v2", {}).get(tag, ABSENT)
    return int(value[0] if isinstance(value, tuple) else value)


def _mended(tile: Any, bits: int, planar: int, tags: Any) -> Any:
    name, extents, offset, arguments = tile
    inner = (arguments,) if isinstance(arguments, str) else tuple(arguments)
    raw = str(inner[0])
    if name == "raw" and bits == 16 and planar == SEPARATE and ";" not in raw and len(raw) == 1:
        raw += ";16L" if tags.prefix == b"II" else ";16B"
    elif name == "libtiff" and sys.byteorder == "little" and raw in ("F;32BF", "I;16BS", "I;32BS", "I;32B"):
        raw = raw.replace("B", "")  # libtiff has put the bytes into this machine's order already
    return type(tile)(name, extents, offset, (raw, *inner[1:])) if raw != inner[0] else tile
