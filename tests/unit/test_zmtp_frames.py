# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of ZMTP, each against the literal bytes that the specification gives."""

from __future__ import annotations

import array

import pytest
from scripted_server import GREETING, HELLO, INITIATE

from maskwright_shared import zmtp_frames
from maskwright_shared.zmtp_frames import ZmtpError


def test_the_client_s_bytes_are_those_of_the_specification():
    assert zmtp_frames.greeting() == GREETING
    assert len(zmtp_frames.greeting()) == 64
    assert zmtp_frames.hello(b"user", b"pass wd") == HELLO
    assert zmtp_frames.initiate() == INITIATE
    assert zmtp_frames.ping() == b"\x04\x07\x04PING\x00\x00"
    assert zmtp_frames.pong(b"\x01\x2cabc") == b"\x04\x08\x04PONGabc"


@pytest.mark.parametrize(
    ("size", "flags", "head"),
    [
        (0, 0, b"\x00\x00"),
        (255, 1, b"\x01\xff"),
        (256, 0, b"\x02\x00\x00\x00\x00\x00\x00\x01\x00"),
        (256, 1, b"\x03\x00\x00\x00\x00\x00\x00\x01\x00"),
        (2**32 + 5, 0, b"\x02\x00\x00\x00\x01\x00\x00\x00\x05"),
        (300, 4, b"\x06\x00\x00\x00\x00\x00\x00\x01\x2c"),
    ],
)
def test_a_frame_says_its_size_in_the_shortest_form(size, flags, head):
    assert zmtp_frames.frame_head(size, flags) == head


def test_a_long_user_name_makes_a_long_command_and_a_longer_one_is_refused():
    command = zmtp_frames.hello(b"u" * 255, b"p" * 255)
    assert command[:9] == b"\x06" + (6 + 512).to_bytes(8, "big")
    assert command[9:] == b"\x05HELLO" + b"\xff" + b"u" * 255 + b"\xff" + b"p" * 255
    with pytest.raises(ValueError, match="255"):
        zmtp_frames.hello(b"u" * 256, b"")


def test_a_message_is_its_frames_with_more_flags_on_all_but_the_last():
    pieces = zmtp_frames.message_pieces([b"head", b"", bytearray(b"x" * 300)])
    expected = b"\x01\x04head" + b"\x01\x00" + b"\x02\x00\x00\x00\x00\x00\x00\x01\x2c" + b"x" * 300
    assert b"".join(pieces) == expected
    assert len(pieces) == 1


def test_large_bodies_are_not_copied():
    body = bytearray(5000)
    pieces = zmtp_frames.message_pieces([b"head", body, b"tail"])
    assert [piece.nbytes for piece in pieces] == [6 + 9, 5000, 6]
    assert pieces[1].obj is body


def test_any_contiguous_buffer_is_a_frame():
    table = memoryview(array.array("d", [1.0] * 12)).cast("B").cast("d", (3, 4))
    assert b"".join(zmtp_frames.message_pieces([table])) == b"\x00\x60" + table.tobytes()
    empty = array.array("d")
    assert b"".join(zmtp_frames.message_pieces([empty])) == b"\x00\x00"
    with pytest.raises(TypeError):
        zmtp_frames.message_pieces([b"a", "text"])
    with pytest.raises(TypeError):
        zmtp_frames.message_pieces([memoryview(b"abcdef")[::2]])


def test_every_beginning_of_a_good_greeting_passes():
    for count in range(65):
        zmtp_frames.check_greeting(GREETING[:count])


@pytest.mark.parametrize("position", [*range(1, 9), 11, 32, *range(33, 64)])
def test_padding_minor_version_as_server_and_filler_mean_nothing(position):
    changed = bytearray(GREETING)
    changed[position] ^= 0x01
    zmtp_frames.check_greeting(bytes(changed))


@pytest.mark.parametrize("position", [0, 9, 10, *range(12, 32)])
def test_a_wrong_byte_of_a_greeting_is_refused_as_soon_as_it_is_there(position):
    changed = bytearray(GREETING)
    changed[position] = 1
    zmtp_frames.check_greeting(bytes(changed[:position]))
    with pytest.raises(ZmtpError):
        zmtp_frames.check_greeting(bytes(changed[: position + 1]))


def test_a_later_major_version_is_accepted():
    changed = bytearray(GREETING)
    changed[10] = 4
    zmtp_frames.check_greeting(bytes(changed))


@pytest.mark.parametrize("mechanism", [b"NULL", b"CURVE", b"PLAIN2", b"PLAI"])
def test_another_mechanism_is_refused(mechanism):
    with pytest.raises(ZmtpError, match="mechanism"):
        zmtp_frames.check_greeting(GREETING[:12] + mechanism.ljust(20, b"\0") + GREETING[32:])


def test_commands_come_apart_into_name_and_data():
    assert zmtp_frames.parse_command(b"\x04PINGdata") == (b"PING", b"data")
    assert zmtp_frames.parse_command(b"\x05ERROR\x03400") == (b"ERROR", b"\x03400")
    assert zmtp_frames.parse_command(b"^RROR\x03400") == (b"ERROR", b"\x03400")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00abc", b"\x05PING", b"\xff" + b"a" * 254])
def test_a_command_without_a_whole_name_is_refused(body):
    with pytest.raises(ZmtpError):
        zmtp_frames.parse_command(body)


def test_reasons_of_errors():
    assert zmtp_frames.parse_reason(b"\x03400") == "400"
    assert zmtp_frames.parse_reason(b"") == ""
    assert zmtp_frames.parse_reason(b"\xff\xfe") == "�"


def test_metadata_has_case_insensitive_names():
    data = (
        b"\x0bSOCKET-type\x00\x00\x00\x06ROUTER" + b"\x08Identity\x00\x00\x00\x00" + b"\x01X\x00\x00\x00\x01y"
    )
    assert zmtp_frames.parse_metadata(data) == {"socket-type": b"ROUTER", "identity": b"", "x": b"y"}
    assert zmtp_frames.parse_metadata(b"") == {}


def test_metadata_cut_anywhere_is_refused():
    data = b"\x0bSocket-Type\x00\x00\x00\x06ROUTER"
    for count in range(1, len(data)):
        with pytest.raises(ZmtpError):
            zmtp_frames.parse_metadata(data[:count])


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x00\x00\x00\x00", b"\x01a\xff\xff\xff\xff", b"\x01a\x80\x00\x00\x00"]
)
def test_hostile_metadata_is_refused(data):
    with pytest.raises(ZmtpError):
        zmtp_frames.parse_metadata(data)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00" + b"c" * 17])
def test_a_ping_with_too_little_or_too_much_is_refused(data):
    with pytest.raises(ZmtpError):
        zmtp_frames.pong(data)
