# SPDX-License-Identifier: GPL-3.0-or-later
"""Joining a mask with the selection on bytes, as GIMP's own operations do, with large integers as fast as C."""

from __future__ import annotations

from maskwright_plugin.host import Mask, Operation
from maskwright_shared.geometry import Bounds

_FULL = bytes(255 if value else 0 for value in range(256))


def spread(mask: Mask, whole: Bounds) -> bytes:
    """Return a mask that lies inside the image (`whole`) as one byte for each pixel of it."""
    bounds, alpha = mask.bounds, memoryview(mask.alpha)
    if bounds.is_empty:
        return bytes(whole.area)
    left, right = bytes(bounds.x), bytes(whole.width - bounds.right)
    rows = (alpha[at : at + bounds.width] for at in range(0, bounds.area, bounds.width))
    middle = b"".join(part for row in rows for part in (left, row, right))
    above, below = bounds.y * whole.width, (whole.height - bounds.bottom) * whole.width
    return b"".join((bytes(above), middle, bytes(below)))


def joined(operation: Operation, selected: bytes, new: bytes) -> bytes:
    """Return the selection that an operation makes of two of the same size, pixel by pixel."""
    if operation is Operation.ADD:
        return _sum(selected, new)
    if operation is Operation.SUBTRACT:
        return _difference(selected, new)
    if operation is Operation.INTERSECT:  # the lesser one
        return _difference(selected, _difference(selected, new))
    return new


def _difference(a: bytes, b: bytes) -> bytes:
    return _inverted(_sum(_inverted(a), b))


def _inverted(values: bytes) -> bytes:
    return values.translate(bytes(range(255, -1, -1)))


def _sum(a: bytes, b: bytes) -> bytes:
    """Return min(255, a + b) for each byte."""
    total = (_words(a) + _words(b)).to_bytes(2 * len(a), "little")
    carried = total[1::2].translate(_FULL)
    return (_number(total[0::2]) | _number(carried)).to_bytes(len(a), "little")


def _words(values: bytes) -> int:
    """Return a number in which each value has two bytes for itself, so that a sum has room."""
    out = bytearray(2 * len(values))
    out[0::2] = values
    return _number(out)


def _number(values: bytes) -> int:
    return int.from_bytes(values, "little")
