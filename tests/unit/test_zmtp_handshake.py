# SPDX-License-Identifier: GPL-3.0-or-later
"""The handshake without a socket: every cut, every changed byte, every wrong turn of the server."""

from __future__ import annotations

import pytest
from scripted_server import GREETING, HELLO, INITIATE, READY, WELCOME

from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.zmtp_flow import Inflow, Outflow
from maskwright_shared.zmtp_frames import ZmtpError
from maskwright_shared.zmtp_handshake import shake_hands

ERROR = b"\x04\x0a\x05ERROR\x03400"
ERROR_OF_LIBZMQ = b"\x04\x09^RROR\x03400"
GOOD = GREETING + WELCOME + READY


class Recorder:
    """An outgoing side that keeps what is said."""

    def __init__(self):
        self.said = b""

    def add(self, data):
        self.said += data


def play(server_bytes):
    """Give the server's bytes one by one; return (finished, what the client said)."""
    inflow, out = Inflow(), Recorder()
    steps = shake_hands(inflow, out, "user", "pass wd")
    rest = iter(server_bytes)
    for _ in steps:
        byte = next(rest, None)
        if byte is None:
            return False, out.said
        with inflow.space() as space:
            space[0] = byte
        inflow.arrived(1)
    return next(rest, None) is None, out.said


def test_a_good_server_gets_the_three_parts_in_order():
    assert play(GOOD) == (True, GREETING + HELLO + INITIATE)


def test_a_server_that_falls_silent_anywhere_just_keeps_the_client_waiting():
    for count in range(len(GOOD)):
        assert not play(GOOD[:count])[0]


def test_the_credentials_wait_for_the_greeting():
    assert play(GREETING[:63])[1] == GREETING
    assert play(GREETING)[1] == GREETING + HELLO


@pytest.mark.parametrize("error", [ERROR, ERROR_OF_LIBZMQ])
@pytest.mark.parametrize("before", [GREETING, GREETING + WELCOME])
def test_an_error_is_a_refusal(before, error):
    with pytest.raises(ConnectionFailed) as caught:
        play(before + error)
    assert caught.value.code == "connection.denied"
    assert caught.value.detail == "400"


@pytest.mark.parametrize(
    "wrong",
    [
        WELCOME + WELCOME,
        READY,
        b"\x00\x00",
        b"\x00\x05hello",
        WELCOME + b"\x00\x00",
        b"\x04\x00",
        WELCOME + READY.replace(b"ROUTER", b"REPLYX"),
        WELCOME + READY.replace(b"Socket", b"Sockit"),
        WELCOME + READY.replace(b"\x00\x06", b"\x00\x07"),
        b"\x04\x05\x04PING",
    ],
)
def test_a_wrong_turn_is_no_zmtp(wrong):
    with pytest.raises(ZmtpError):
        play(GREETING + wrong)


@pytest.mark.parametrize("kind", [b"DEALER", b"ROUTER"])
def test_routers_and_dealers_are_met(kind):
    assert play(GREETING + WELCOME + READY.replace(b"ROUTER", kind))[0]


def test_every_changed_byte_ends_well():
    for position in range(len(GOOD)):
        for value in (0x00, 0x7F, 0xFF, GOOD[position] ^ 0x01, GOOD[position] ^ 0x80):
            changed = bytearray(GOOD)
            changed[position] = value
            try:
                play(bytes(changed))
            except (ZmtpError, ConnectionFailed):
                continue


def test_credentials_too_long_for_plain_are_the_caller_s_error():
    with pytest.raises(ValueError, match="255"):
        next(iter(shake_hands(Inflow(), Outflow(), "user", "p" * 256)))
