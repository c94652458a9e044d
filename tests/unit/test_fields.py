# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by themselves: what they give back, what they call a wrong value, and what they never do."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from maskwright_shared import fields
from maskwright_shared.errors import ProtocolError
from maskwright_shared.geometry import Bounds, Box, Point


@dataclasses.dataclass(frozen=True)
class Inner:
    size: int = fields.ruled(fields.integer(1, 5))
    name: str = fields.ruled(fields.text(10), default="none")


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: Inner = fields.ruled(fields.record(Inner))  # noqa: RUF009 - rules are the fields' defaults
    many: tuple = fields.ruled(fields.listing(fields.record(Inner), 2), default=())
    maybe: object = fields.ruled(fields.optional(fields.record(Inner)), default=None)


def decoded(values):
    return Outer(**fields.decode_fields(Outer, values))


def message_of(call, *arguments):
    with pytest.raises(ProtocolError) as caught:
        call(*arguments)
    return caught.value.message


def test_records_and_lists_become_dataclasses_and_tuples_and_back():
    values = {"inner": {"size": 1, "name": "a"}, "many": [{"size": 2, "name": "b"}], "maybe": None}
    outer = decoded(values)
    assert outer == Outer(Inner(1, "a"), (Inner(2, "b"),), None)
    assert {
        name: rule.encode(getattr(outer, name)) for name, rule in fields.rules_of(Outer).items()
    } == values


def test_an_optional_record_is_written_and_read_like_the_record():
    rule = fields.rules_of(Outer)["maybe"]
    assert rule.encode(Inner(3)) == {"size": 3, "name": "none"}
    assert rule.decode({"size": 3}, "maybe") == Inner(3)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"inner": {"size": 6}}, "'inner.size'"),
        ({"inner": {"size": 1}, "many": [{"size": 1}, {"size": 0}]}, "'many[1].size'"),
        ({"inner": {"size": 1}, "maybe": {"name": "x"}}, "'maybe.size' is missing"),
        ({"inner": {"size": 1, "shape": 2}}, "'Inner' has no field 'inner.shape'"),
        ({"inner": {"size": 1}, "x" * 1000: 1}, "'Outer' has no field"),
        ({}, "'inner' is missing"),
    ],
)
def test_a_refusal_names_the_place(values, where):
    message = message_of(decoded, values)
    assert where in message
    assert len(message) < 200


def test_a_number_becomes_a_float_and_stays_in_range():
    rule = fields.number(-1.5, 2.5)
    assert isinstance(rule.decode(2, "x"), float)
    for value in (float("nan"), float("inf"), 10**400, -(10**400), True, "1"):
        assert "'x'" in message_of(rule.decode, value, "x")


def test_a_row_of_numbers_becomes_its_tuple_and_names_its_part():
    rule = fields.numbers(Bounds, *[fields.integer(0, 9)] * 4)
    assert rule.decode([1, 2, 3, 4], "bounds") == Bounds(1, 2, 3, 4)
    assert rule.encode(Bounds(1, 2, 3, 4)) == [1, 2, 3, 4]
    assert "'bounds.width'" in message_of(rule.decode, [1, 2, 10, 4], "bounds")


def test_a_box_may_be_a_line_but_not_turned_over():
    rule = fields.box(fields.number(-10, 10))
    assert rule.decode([1, 2, 1, 2], "box") == Box(1.0, 2.0, 1.0, 2.0)
    assert "x0 <= x1" in message_of(rule.decode, [2, 2, 1, 3], "box")
    assert "y0 <= y1" in message_of(rule.decode, [1, 4, 2, 3], "box")


def test_points_are_twelve_bytes_each_little_endian():
    rule = fields.points(3, 100.0)
    points = (Point(1.5, -2.0), Point(100.0, -100.0, foreground=False))
    frame = struct.pack("<ffi", 1.5, -2.0, 1) + struct.pack("<ffi", 100.0, -100.0, 0)
    assert rule.encode(points) == frame
    assert rule.decode(memoryview(frame), "points") == points
    assert rule.decode(b"", "points") == ()
    assert "100" in message_of(rule.decode, struct.pack("<ffi", 100.1, 0, 1), "points")
    message_of(rule.decode, frame * 2, "points")


def test_texts_count_characters_and_refuse_half_ones():
    rule = fields.text(3, least=1)
    assert rule.decode("äö𝄞", "name") == "äö𝄞"
    for value in ("", "abcd", "\ud834", b"abc"):
        message_of(rule.decode, value, "name")


def test_frames_are_counted_and_measured():
    assert fields.pixels(4).decode(b"1234", "data") == b"1234"
    message_of(fields.pixels(4).decode, b"12345", "data")
    message_of(fields.pixels(4).decode, b"", "data")
    assert fields.stripes(2).decode([b"a", b"b"], "alpha") == (b"a", b"b")
    message_of(fields.stripes(2).decode, [b"", b"", b""], "alpha")
