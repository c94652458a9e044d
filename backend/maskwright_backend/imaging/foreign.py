# SPDX-License-Identifier: GPL-3.0-or-later
"""Naming the pictures that cannot be read, by the first bytes of their formats."""

from __future__ import annotations

_BRANDS = {
    b"heic": "a HEIC picture",
    b"heix": "a HEIC picture",
    b"heim": "a HEIC picture",
    b"heis": "a HEIC picture",
    b"hevc": "a HEIC picture",
    b"mif1": "a HEIF picture",
    b"msf1": "a HEIF picture",
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"crx ": "a camera's raw picture (CR3)",
}
"""The major brands of ISO base media files (ISO/IEC 14496-12, the registry at mp4ra.org)."""

_STARTS = (
    (b"gimp xcf", "a GIMP picture (XCF)"),
    (b"8BPS", "a Photoshop picture (PSD)"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"FUJIFILMCCD-RAW", "a camera's raw picture (RAF)"),
    (b"IIU\x00", "a camera's raw picture (RW2)"),
    (b"IIRO", "a camera's raw picture (ORF)"),
    (b"II*\x00", "a TIFF whose kind of pixels is not known"),
    (b"MM\x00*", "a TIFF whose kind of pixels is not known"),
    (b"II+\x00", "a BigTIFF"),
    (b"MM\x00+", "a BigTIFF"),
    (b"\x1aE\xdf\xa3", "a film"),
    (b"\x89PNG\r\n\x1a\n", "a damaged PNG"),
    (b"\xff\xd8\xff", "a damaged JPEG"),
    (b"GIF8", "a damaged GIF"),
)


def name_of(head: bytes) -> str:
    """Return what a file is that begins with these bytes ("a HEIC picture"), or nothing where that is unknown."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a film or picture of a phone or camera")
    if head[:4] == b"PK\x03\x04":
        inside = head[:200]
        if b"application/x-krita" in inside:
            return "a Krita picture"
        return "an OpenRaster picture" if b"image/openraster" in inside else "a zip"
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "an SVG drawing" if text.startswith(b"<svg") or b"<svg" in text else ""
