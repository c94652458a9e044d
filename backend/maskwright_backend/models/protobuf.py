# SPDX-License-Identifier: GPL-3.0-or-later
"""Just enough of protocol buffers to walk an ONNX file, and to write one anew (protobuf.dev, "Encoding")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST = 10


class MalformedError(ValueError):
    """Bytes that are no protocol buffer."""


def fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield each field's number and value: an int, or a view of its bytes; numbers of fixed size come as views.

    Raises:
        MalformedError: when the bytes end within a field, have no number, or hold a kind that is no longer in use.
    """
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise MalformedError("a field without a number")
        if kind == _VARINT:
            value, at = _varint(view, at)
            yield number, value
            continue
        if kind == _BYTES:
            length, at = _varint(view, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise MalformedError("an unknown kind of field")
        if at + length > len(view):
            raise MalformedError("a field that ends outside the file")
        yield number, view[at : at + length]
        at += length


def message(parts: Iterable[tuple[int, int | memoryview]]) -> bytes:
    """Return a message of these fields: ints as varints, views as bytes.

    Numbers of fixed size cannot be told from bytes: it is for messages without any, as ONNX's models and graphs.
    """
    out = bytearray()
    for number, value in parts:
        if isinstance(value, int):
            out += _as_varint(number << 3 | _VARINT) + _as_varint(value)
        else:
            out += _as_varint(number << 3 | _BYTES) + _as_varint(len(value))
            out += value
    return bytes(out)


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST):
        if at + index >= len(view):
            raise MalformedError("a number that ends outside the file")
        byte = view[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise MalformedError("a number without end")
