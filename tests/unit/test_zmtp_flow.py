# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes to events and events to bytes, in any portions, with hostile ones among them."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from maskwright_shared.zmtp_flow import MAX_COMMAND, MAX_FRAMES, Inflow
from maskwright_shared.zmtp_frames import ZmtpError, command, frame_head, message_pieces

GENEROUS = 1 << 40


def fill(inflow, data):
    """Give as much of `data` as fits and return the rest."""
    with inflow.space() as space:
        count = min(len(space), len(data))
        space[:count] = data[:count]
    inflow.arrived(count)
    return data[count:]


def events_of(data, portions, limit=GENEROUS):
    inflow = Inflow()
    inflow.limit = limit
    events = []
    while data:
        portion, data = data[: (size := next(portions))], data[size:]
        while portion:
            portion = fill(inflow, portion)
            while (event := inflow.next()) is not None:
                events.append(event)
    return events


def forever(value):
    while True:
        yield value


def at_random(seed, most):
    generator = random.Random(seed)
    while True:
        yield generator.randint(1, most)


def message(*frames):
    return b"".join(message_pieces(frames))


def some_messages(seed, count=40):
    generator = random.Random(seed)
    sizes = [0, 1, 2, 254, 255, 256, 257, 32767, 32768, 32769, 65535, 65536, 65537, 200_000]
    return [
        [generator.randbytes(generator.choice(sizes)) for _ in range(generator.randint(1, 5))]
        for _ in range(count)
    ]


@pytest.mark.parametrize("most", [1, 2, 9, 1000, 40_000, 1 << 30])
def test_messages_arrive_whole_in_whatever_portions(most):
    messages = some_messages(1, count=2 if most < 1000 else 40)
    data = b"".join(message(*frames) for frames in messages)
    assert events_of(data, at_random(2, most)) == messages


def test_commands_lie_between_and_inside_messages():
    ping = command(b"PING", b"\0\0")
    inside = b"\x01\x01a" + ping + b"\x00\x01b"
    assert events_of(ping + inside + ping, forever(1)) == [ping[2:], ping[2:], [b"a", b"b"], ping[2:]]


def test_a_long_head_on_a_short_body_is_understood():
    assert events_of(b"\x02" + (3).to_bytes(8, "big") + b"abc", forever(5)) == [[b"abc"]]
    assert events_of(b"\x06" + (5).to_bytes(8, "big") + b"\x04PONG", forever(5)) == [b"\x04PONG"]


@pytest.mark.parametrize("flags", [f for f in range(256) if f & 0xF8 or f in {5, 7}])
def test_reserved_flags_and_commands_with_more_are_refused(flags):
    with pytest.raises(ZmtpError):
        events_of(bytes([flags, 0]) + bytes(9), forever(1))


def test_a_command_has_a_limit():
    head = frame_head(MAX_COMMAND, 4)
    assert len(events_of(head + bytes(MAX_COMMAND), forever(1000))) == 1
    with pytest.raises(ZmtpError):
        events_of(frame_head(MAX_COMMAND + 1, 4), forever(1))
    with pytest.raises(ZmtpError):
        events_of(frame_head(2**64 - 1, 4), forever(1))


def test_a_message_has_a_limit_over_all_its_frames():
    exact = message(b"x" * 60, b"y" * 40)
    assert len(events_of(exact + exact, forever(7), limit=100)) == 2
    with pytest.raises(ZmtpError):
        events_of(message(b"x" * 60, b"y" * 41), forever(7), limit=100)
    with pytest.raises(ZmtpError):
        events_of(frame_head(2**63, 0), forever(1))


def test_the_number_of_frames_has_a_limit():
    frames = [b""] * MAX_FRAMES
    assert events_of(message(*frames), forever(10_000)) == [frames]
    with pytest.raises(ZmtpError):
        events_of(message(*frames, b""), forever(10_000))


def test_no_message_is_taken_before_the_limit_is_raised():
    with pytest.raises(ZmtpError):
        events_of(message(b"x"), forever(1), limit=0)


def test_an_announced_size_alone_takes_no_memory():
    inflow = Inflow()
    inflow.limit = GENEROUS
    tracemalloc.start()
    try:
        assert fill(inflow, frame_head(1 << 39, 0) + b"x") == b""
        assert inflow.next() is None
        fill(inflow, b"y" * 1000)
        assert inflow.next() is None
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_body_above_the_first_portion_grows_with_its_bytes():
    body = random.Random(3).randbytes(40 << 20)
    tracemalloc.start()
    try:
        [[frame]] = events_of(memoryview(frame_head(len(body), 0) + body), forever(1 << 20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert frame == body
    assert peak < 4 * len(body)


def test_large_frames_are_views_that_stay_as_they_are():
    data = message(b"a" * 100_000) + message(b"b" * 100_000)
    first, second = events_of(data, forever(1 << 16))
    assert isinstance(first[0], memoryview)
    assert (first[0][0], second[0][0]) == (ord("a"), ord("b"))


def test_random_bytes_end_in_events_or_an_error():
    generator = random.Random(4)
    for _ in range(3000):
        data = generator.randbytes(generator.randint(1, 60))
        try:
            events_of(data, at_random(generator.random(), 20), limit=1 << 20)
        except ZmtpError:
            continue


def test_changed_bytes_end_in_events_or_an_error():
    generator = random.Random(5)
    good = message(b"head", b"x" * 300) + command(b"PING", b"\0\0ctx") + message(b"", b"tail")
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(generator.randint(1, 4)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            events_of(bytes(data), at_random(generator.random(), 50), limit=1 << 20)
        except ZmtpError:
            continue


def test_a_stream_cut_anywhere_gives_the_events_before_the_cut():
    data = message(b"a", b"b" * 300) + command(b"PING", b"\0\0") + message(b"c")
    whole = events_of(data, forever(1000))
    for count in range(1, len(data)):
        events = events_of(data[:count], forever(3))
        assert events == whole[: len(events)]
        assert len(events) < len(whole)
