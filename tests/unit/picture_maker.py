# SPDX-License-Identifier: GPL-3.0-or-later
"""TIFF and PNG files of kinds that Pillow does not write, byte by byte from their specifications."""

from __future__ import annotations

import struct
import zlib

import numpy as np

FORMATS = {"u": 1, "i": 2, "f": 3}


def tiff(
    values, order="<", *, photometric=None, separate=False, packed=False, extra=(), bits=None, strips=None
):
    """Return a TIFF of (height, width) or (height, width, channels) values, each plane in one strip.

    `order` is "<" or ">", `packed` deflates the strips, `extra` are more (tag, value) pairs of one number each.
    `bits` and `strips` stand in for those of the values.
    """
    pixels = values if values.ndim == 3 else values[..., None]
    height, width, channels = pixels.shape
    planes = [pixels[..., index] for index in range(channels)] if separate else [pixels]
    strips = strips or [
        np.ascontiguousarray(plane).astype(plane.dtype.newbyteorder(order)).tobytes() for plane in planes
    ]
    strips = [zlib.compress(strip) for strip in strips] if packed else strips
    if photometric is None:
        photometric = 2 if channels >= 3 else 1
    size = values.dtype.itemsize
    entries = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [bits or 8 * size] * channels),
        259: (3, [8 if packed else 1]),
        262: (3, [photometric]),
        277: (3, [channels]),
        278: (4, [height]),
        279: (4, [len(strip) for strip in strips]),
        284: (3, [2 if separate else 1]),
        339: (3, [FORMATS[values.dtype.kind]] * channels),
        **{tag: (4, [value]) for tag, value in extra},
    }
    if channels in (2, 4) and photometric in (1, 2):
        entries[338] = (3, [2])
    return _file(entries, strips, order)


def _file(entries, strips, order):
    entries[273] = (4, [0] * len(strips))
    start = 8 + 2 + 12 * len(entries) + 4
    beside = {tag: _packed(kind, numbers, order) for tag, (kind, numbers) in entries.items()}
    places, at = {}, start
    for tag, data in beside.items():
        if len(data) > 4:
            places[tag], at = at, at + len(data)
    offsets = [at + sum(map(len, strips[:index])) for index in range(len(strips))]
    beside[273] = _packed(4, offsets, order)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    table = struct.pack(order + "H", len(entries))
    for tag, (kind, numbers) in sorted(entries.items()):
        inline = struct.pack(order + "I", places[tag]) if tag in places else beside[tag].ljust(4, b"\0")
        table += struct.pack(order + "HHI", tag, kind, len(numbers)) + inline
    return head + table + bytes(4) + b"".join(beside[tag] for tag in places) + b"".join(strips)


def _packed(kind, numbers, order):
    return struct.pack(f"{order}{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)


def png(depth, kind, rows, width, *chunks):
    """Return a PNG of packed rows; `chunks` are (name, data) pairs before the pixels."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def packed(values, depth):
    """Return one row of samples as the bytes of a PNG."""
    bits = "".join(format(value, f"0{depth}b") for value in values)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def gif_with_a_large_screen(width, height):
    """Return a GIF of a few bytes: one pixel of index 0, which is transparent, on a screen of any size."""
    screen = struct.pack("<HHBBB", width, height, 0xF0, 0, 0) + bytes([0, 0, 0, 255, 255, 255])
    control = b"\x21\xf9\x04\x01\x00\x00\x00\x00"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + control + frame + b";"


def linear_profile(space):
    """Return an ICC profile (version 2, ICC.1:2001-04) whose values are linear light: "GRAY" or "RGB "."""
    white = _xyz(0.9642, 1.0, 0.8249)
    curve = b"curv" + bytes(4) + struct.pack(">I", 0)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"l\0" + bytes(78)
    tags = {b"desc": text, b"wtpt": white, b"cprt": b"text" + bytes(4) + b"-\0\0\0"}
    if space == "GRAY":
        tags[b"kTRC"] = curve
    else:  # sRGB's primaries, adapted to D50 (IEC 61966-2-1)
        tags[b"rXYZ"] = _xyz(0.4360, 0.2225, 0.0139)
        tags[b"gXYZ"] = _xyz(0.3851, 0.7169, 0.0971)
        tags[b"bXYZ"] = _xyz(0.1431, 0.0606, 0.7139)
        tags.update({b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", space.encode(), b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">iii", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(*values):
    return b"XYZ " + bytes(4) + struct.pack(">iii", *(round(value * 65536) for value in values))
