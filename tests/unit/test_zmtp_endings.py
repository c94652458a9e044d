# SPDX-License-Identifier: GPL-3.0-or-later
"""How connections end: hang-ups, resets, hostile bytes, floods; and what is still delivered."""

from __future__ import annotations

import contextlib
import select
import socket
import struct

import pytest
from scripted_server import (
    MESSAGE,
    PING,
    ScriptedServer,
    after_handshake,
    code_of,
    dealer,
    read_frame,
    read_to_the_end,
)

from maskwright_shared import zmtp
from maskwright_shared.zmtp_frames import frame_head


def test_what_arrived_before_the_end_is_handed_out_before_the_error():
    def script(sock):
        sock.sendall(MESSAGE * 3 + MESSAGE[:5])

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server)
        assert [client.receive(10) for _ in range(3)] == [[b"head", b"tail"]] * 3
        assert code_of(client.receive, 10) == "connection.lost"
        assert code_of(client.pump) == "connection.lost"
        assert code_of(client.send, [b"x"]) == "connection.lost"


def test_a_reset_is_a_lost_connection():
    def script(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server)
        assert code_of(client.receive, None) == "connection.lost"


def test_sending_to_a_peer_that_is_gone_is_a_lost_connection():
    with ScriptedServer(after_handshake(lambda sock: None)) as server:
        client = dealer(server)

        def send_for_ever():
            while True:
                client.send([bytes(100_000)])

        assert code_of(send_for_ever) == "connection.lost"


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x08\x00",
        b"\x05\x05\x04PING",
        frame_head(2**63, 0),
        frame_head(2**64 - 1, 0),
        frame_head(1 << 20, 4),
        b"\x04\x00",
        b"\x04\x05\x04PING",
        b"\x04\x18\x04PING" + bytes(19),
        b"\x04\x0a\x05ERROR\x03500",
        b"\x01\x00" * 9000,
        frame_head(600 << 20, 1),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_hostile_bytes_end_the_connection(hostile):
    def script(sock):
        sock.sendall(MESSAGE + hostile)
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server)
        assert client.receive(10) == [b"head", b"tail"]
        assert code_of(client.receive, 10) == "connection.lost"


def test_a_smaller_limit_holds():
    def script(sock):
        sock.sendall(frame_head(1000, 0) + bytes(1000) + frame_head(1001, 0))
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server, max_message=1000)
        assert client.receive(10) == [bytes(1000)]
        assert code_of(client.receive, 10) == "connection.lost"


def test_unknown_commands_are_passed_over():
    def script(sock):
        sock.sendall(b"\x04\x07\x06FUTURE" + MESSAGE)
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        assert client.receive(10) == [b"head", b"tail"]


def test_close_delivers_what_was_sent_although_something_lies_unread():
    heard = []

    def script(sock):
        sock.sendall(MESSAGE * 100)
        heard.append(read_frame(sock))
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server:
        with dealer(server) as client:
            select.select([client.fileno()], [], [], 10)
            client.send([b"last words"])
        client.close()
        assert code_of(client.send, [b"x"]) == "connection.lost"
    assert heard == [(0, b"last words")]


def test_a_flood_is_read_only_as_far_as_the_limit():
    def script(sock):
        with contextlib.suppress(ConnectionError):  # until the client hangs up
            while True:
                sock.sendall((frame_head(1000, 0) + bytes(1000)) * 1000)

    with ScriptedServer(after_handshake(script)) as server, dealer(server, max_message=1 << 20) as client:
        while client.pending < 900:
            assert select.select([client.fileno()], [], [], 20)[0]
            client.pump()
        for _ in range(100):
            client.pump()
        assert client.pending < 1300
        assert len(client.receive(0)[0]) == 1000


def test_a_flood_of_pings_that_takes_no_pong_is_not_answered_for_ever(monkeypatch):
    monkeypatch.setattr(zmtp, "_MAX_PIECES", 2000)

    def script(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with contextlib.suppress(ConnectionError):  # until the client hangs up
            while True:
                sock.sendall(PING * 1000)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        while len(client._out) < 2000:
            assert select.select([client.fileno()], [], [], 20)[0]
            client.pump()
        waiting = len(client._out)
        for _ in range(100):
            client.pump()
        assert len(client._out) <= waiting + 65_536 // len(PING)
