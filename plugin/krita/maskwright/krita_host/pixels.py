# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels of any colour space as 8-bit sRGB, and from one colour space to another, by Krita's own conversion."""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple

from krita import Krita
from maskwright_plugin.host import HostError
from maskwright_shared.geometry import Bounds

SRGB_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
SRGB_PROFILES = (SRGB_PROFILE, "sRGB built-in", "sRGB IEC61966-2.1", "sRGB-elle-V4-srgbtrc.icc")
STRIPE_PIXELS = 16_000_000
"""Conversions go through a document of at most so many pixels, so that 100 megapixels do not need it all twice."""

_COMPONENTS = {"A": 1, "GRAYA": 2, "RGBA": 4, "XYZA": 4, "LABA": 4, "YCbCrA": 4, "CMYKA": 5}
_DEPTHS = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}


class ColorSpace(NamedTuple):
    """What a Krita pixel is: model, depth and profile; the last component is always alpha."""

    model: str
    depth: str
    profile: str

    @classmethod
    def of(cls, thing: Any) -> ColorSpace:
        """Return the colour space of a node or a document."""
        return cls(thing.colorModel(), thing.colorDepth(), thing.colorProfile())

    @property
    def pixel_size(self) -> int:
        """Bytes a pixel."""
        try:
            return _COMPONENTS[self.model] * _DEPTHS[self.depth]
        except KeyError:
            raise HostError(
                f"Maskwright does not know the colour model {self.model} {self.depth}: convert the image to RGB."
            ) from None

    @property
    def is_srgb(self) -> bool:
        """Whether its bytes are what models want: B, G, R, A in 8-bit sRGB."""
        return (self.model, self.depth) == ("RGBA", "U8") and self.profile in SRGB_PROFILES


SRGB = ColorSpace("RGBA", "U8", SRGB_PROFILE)


def to_srgb(data: bytes, width: int, height: int, space: ColorSpace) -> bytes:
    """Return native pixels (rows from the top) as BGRA bytes in 8-bit sRGB."""
    return data if space.is_srgb else convert(data, width, height, space, SRGB)


def convert(data: bytes, width: int, height: int, space: ColorSpace, wanted: ColorSpace) -> bytes:
    """Return native pixels of one colour space in another, converted by Krita.

    Raises:
        HostError: Krita has no such conversion.
    """
    if space == wanted:
        return data
    row = width * space.pixel_size
    parts = [
        _converted(data[top * row : (top + rows) * row], width, rows, space, wanted)
        for top, rows in _stripes(width, height)
    ]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _stripes(width: int, height: int) -> Iterator[tuple[int, int]]:
    rows = max(1, STRIPE_PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(rows, height - top)


def _converted(data: bytes, width: int, height: int, space: ColorSpace, wanted: ColorSpace) -> bytes:
    # Document.projection() would be shorter, but it shifts Lab, CMYK and YCbCr (seen on 5.1.5: up to 41 levels).
    document = Krita.instance().createDocument(width, height, "Maskwright", *space, 72.0)
    try:
        layer = document.rootNode().childNodes()[0]
        layer.setPixelData(data, 0, 0, width, height)
        if not document.setColorSpace(*wanted):
            raise HostError(
                f"Krita cannot convert {space.model} {space.depth} to {wanted.model} {wanted.depth}."
            )
        document.waitForDone()
        layer = document.rootNode().childNodes()[0]
        return bytes(layer.pixelData(0, 0, width, height))
    finally:
        document.setModified(False)
        document.close()


def document_pixels(document: Any, bounds: Bounds) -> bytes:
    """Return the projection's native pixels."""
    document.waitForDone()
    return bytes(document.pixelData(*bounds))


def node_pixels(node: Any, bounds: Bounds) -> bytes:
    """Return a layer's native pixels as they enter the image: its masks applied, groups and vectors rendered."""
    plain = node.type() == "paintlayer" and not node.childNodes()
    return bytes(node.pixelData(*bounds) if plain else node.projectionPixelData(*bounds))
