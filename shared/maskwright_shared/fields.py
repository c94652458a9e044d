# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the fields of messages: each checks a value from the wire and can say itself in words.

A rule is attached to a dataclass field by `ruled`. Strictness is the point: a value of the wrong type, out of
range, or of the wrong length is refused with the field's name, never converted.
"""

from __future__ import annotations

import dataclasses
import re
import struct
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .errors import ProtocolError
from .geometry import Box, Point

_POINT = struct.Struct("<ffi")
_HEX = frozenset("0123456789abcdef")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON can spell half a character, which no log file and no terminal can write."""


class Rule(NamedTuple):
    """How one field is checked, written and described.

    `decode(value, where)` returns the Python value or raises ProtocolError naming `where`; `encode(value)`
    returns what the JSON header (or, when `frames` is not "", the binary frames) carries; `words` describes
    the rule in the written protocol. `frames` is "one" for a single binary frame and "rest" for all that remain.
    """

    words: str
    decode: Callable[[Any, str], Any]
    encode: Callable[[Any], Any] = lambda value: value
    frames: str = ""


def ruled(rule: Rule, **options: Any) -> Any:
    """Return a dataclass field under `rule`; `options` go to `dataclasses.field` (a default, for example)."""
    return dataclasses.field(metadata={"rule": rule}, **options)


def rules_of(kind: Any) -> Dict[str, Rule]:
    """Return the rule of every field of a message or record class, in the order of definition."""
    return {field.name: field.metadata["rule"] for field in dataclasses.fields(kind)}


def refuse(where: str, expected: str) -> ProtocolError:
    """Return the error for a field whose value is not what was expected."""
    return ProtocolError("protocol.field", f"The field '{where}' must be {expected}.")


def integer(low: int, high: int) -> Rule:
    """Return the rule for a whole number from `low` to `high`; true and false are not numbers."""
    words = f"a whole number from {low} to {high}"

    def decode(value: Any, where: str) -> int:
        if type(value) is not int or not low <= value <= high:
            raise refuse(where, words)
        return value

    return Rule(words, decode)


def number(low: float, high: float) -> Rule:
    """Return the rule for a finite number from `low` to `high`."""
    words = f"a number from {low:g} to {high:g}"

    def decode(value: Any, where: str) -> float:
        if type(value) not in (int, float) or not low <= value <= high:  # NaN never is
            raise refuse(where, words)
        return float(value)

    return Rule(words, decode)


def boolean() -> Rule:
    """Return the rule for true or false."""

    def decode(value: Any, where: str) -> bool:
        if type(value) is not bool:
            raise refuse(where, "true or false")
        return value

    return Rule("true or false", decode)


def text(most: int, least: int = 0) -> Rule:
    """Return the rule for a text of `least` to `most` characters."""
    words = f"a text of {least} to {most} characters"

    def decode(value: Any, where: str) -> str:
        if type(value) is not str or not least <= len(value) <= most or _SURROGATE.search(value):
            raise refuse(where, words)
        return value

    return Rule(words, decode)


def choice(*options: str) -> Rule:
    """Return the rule for one of some texts."""
    words = "one of " + ", ".join(f'"{option}"' for option in options)

    def decode(value: Any, where: str) -> str:
        if value not in options:
            raise refuse(where, words)
        return str(value)

    return Rule(words, decode)


def hexadecimal(digits: int) -> Rule:
    """Return the rule for a lower-case hexadecimal text of exactly `digits` digits."""
    words = f"{digits} lower-case hexadecimal digits"

    def decode(value: Any, where: str) -> str:
        if type(value) is not str or len(value) != digits or not _HEX.issuperset(value):
            raise refuse(where, words)
        return value

    return Rule(words, decode)


def optional(rule: Rule) -> Rule:
    """Return the rule for a value that may be null."""

    def decode(value: Any, where: str) -> Any:
        return None if value is None else rule.decode(value, where)

    def encode(value: Any) -> Any:
        return None if value is None else rule.encode(value)

    return Rule(rule.words + ", or null", decode, encode)


def listing(rule: Rule, most: int) -> Rule:
    """Return the rule for a list of at most `most` values under one rule; it becomes a tuple."""
    words = f"a list of at most {most}, each {rule.words}"

    def decode(value: Any, where: str) -> Tuple[Any, ...]:
        if type(value) is not list or len(value) > most:
            raise refuse(where, words)
        return tuple(rule.decode(item, f"{where}[{index}]") for index, item in enumerate(value))

    def encode(value: Sequence[Any]) -> List[Any]:
        return [rule.encode(item) for item in value]

    return Rule(words, decode, encode)


def numbers(kind: Callable[..., Any], *rules: Rule) -> Rule:
    """Return the rule for a fixed row of numbers that becomes a named tuple of type `kind`."""
    names = getattr(kind, "_fields", ())
    words = (
        "a list [" + ", ".join(names) + "] (" + "; ".join(dict.fromkeys(rule.words for rule in rules)) + ")"
    )

    def decode(value: Any, where: str) -> Any:
        if type(value) is not list or len(value) != len(rules):
            raise refuse(where, words)
        return kind(*(rule.decode(item, f"{where}.{name}") for rule, item, name in zip(rules, value, names)))

    return Rule(words, decode, list)


def box(coordinate: Rule) -> Rule:
    """Return the rule for a Box whose corners are in order."""
    corners = numbers(Box, *[coordinate] * 4)
    words = corners.words + " with x0 <= x1 and y0 <= y1"

    def decode(value: Any, where: str) -> Box:
        found: Box = corners.decode(value, where)
        if not (found.x0 <= found.x1 and found.y0 <= found.y1):
            raise refuse(where, words)
        return found

    return Rule(words, decode, list)


def record(kind: Any) -> Rule:
    """Return the rule for a JSON object that becomes the frozen dataclass `kind`."""

    def decode(value: Any, where: str) -> Any:
        if type(value) is not dict:
            raise refuse(where, "an object")
        return kind(**decode_fields(kind, value, where + "."))

    def encode(value: Any) -> Dict[str, Any]:
        return {name: rule.encode(getattr(value, name)) for name, rule in rules_of(kind).items()}

    return Rule(f"an object ({kind.__name__})", decode, encode)


def anything() -> Rule:
    """Return the rule for an open JSON object, for reports that people read and programs do not rely on."""

    def decode(value: Any, where: str) -> Dict[str, Any]:
        if type(value) is not dict:
            raise refuse(where, "an object")
        return value

    return Rule("an open object", decode)


def pixels(most: int) -> Rule:
    """Return the rule for one frame of 1 to `most` raw bytes."""

    def decode(value: Any, where: str) -> Any:
        if not 1 <= len(value) <= most:
            raise refuse(where, f"a frame of 1 to {most} bytes")
        return value

    return Rule(f"one frame of 1 to {most} bytes", decode, frames="one")


def points(most: int, furthest: float) -> Rule:
    """Return the rule for the frame of prompt points: 12 bytes each, little-endian float32 x, y, int32 label.

    Coordinates lie between -`furthest` and `furthest`.
    """
    words = f"one frame of 0 to {most} points: float32 x, float32 y, int32 label"

    def decode(value: Any, where: str) -> Tuple[Point, ...]:
        if len(value) % _POINT.size or len(value) > most * _POINT.size:
            raise refuse(where, words)
        return tuple(_point(row, furthest, where) for row in _POINT.iter_unpack(value))

    def encode(value: Sequence[Point]) -> bytes:
        return b"".join(_POINT.pack(point.x, point.y, int(point.foreground)) for point in value)

    return Rule(words, decode, encode, frames="one")


def _point(row: Tuple[float, float, int], furthest: float, where: str) -> Point:
    x, y, label = row
    if not (abs(x) <= furthest and abs(y) <= furthest) or label not in (0, 1):
        raise refuse(
            where, f"points with coordinates from {-furthest:g} to {furthest:g} and a label of 0 or 1"
        )
    return Point(x, y, label == 1)


def stripes(most: int) -> Rule:
    """Return the rule for all remaining frames, at most `most` of them, whose bytes simply follow one another."""

    def decode(value: Any, where: str) -> Tuple[Any, ...]:
        if len(value) > most:
            raise refuse(where, f"at most {most} frames")
        return tuple(value)

    return Rule(f"all remaining frames, at most {most}", decode, list, frames="rest")


def decode_fields(kind: Any, values: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    """Return the checked header fields of `kind`; frames are not among them.

    A missing field takes its default; one without a default, or one that is not known, is an error.
    """
    fields = {f.name: f for f in dataclasses.fields(kind) if not f.metadata["rule"].frames}
    for name in values:
        if name not in fields:
            known = f"'{kind.__name__}' has no field {(prefix + name)[:100]!r}."
            raise ProtocolError("protocol.unknown_field", known)
    checked = {}
    for name, field in fields.items():
        if name in values:
            checked[name] = field.metadata["rule"].decode(values[name], prefix + name)
        elif not has_default(field):
            raise ProtocolError("protocol.missing_field", f"The field '{prefix}{name}' is missing.")
    return checked


def has_default(field: Optional[Any]) -> bool:
    """Return whether a dataclass field may be left out."""
    missing = dataclasses.MISSING
    return field is not None and (field.default is not missing or field.default_factory is not missing)
