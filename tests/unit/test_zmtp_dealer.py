# SPDX-License-Identifier: GPL-3.0-or-later
"""The Dealer makes a connection, or says why not: silence, hang-ups, strangers and refusals at every stage."""

from __future__ import annotations

import random
import select
import socket

import pytest
from scripted_server import (
    GREETING,
    HELLO,
    INITIATE,
    MESSAGE,
    READY,
    WELCOME,
    ScriptedServer,
    code_of,
    dealer,
    greeted,
    read_exactly,
    read_to_the_end,
)

from maskwright_shared import zmtp_socket
from maskwright_shared.zmtp import Dealer


def test_the_stream_is_what_the_specification_says():
    def script(sock):
        greeted(GREETING, WELCOME, READY + MESSAGE)(sock)

    with ScriptedServer(script) as server, dealer(server) as client:
        assert client.receive(5) == [b"head", b"tail"]


@pytest.mark.parametrize(
    "said",
    [
        (),
        (b"",),
        (GREETING[:1],),
        (GREETING[:63],),
        (GREETING,),
        (GREETING, WELCOME),
        (GREETING, WELCOME, READY[:-1]),
    ],
)
def test_a_server_silent_at_any_stage_ends_in_a_time_out(said):
    with ScriptedServer(greeted(*said)) as server:
        assert code_of(dealer, server, connect_timeout=0.15) == "connection.timeout"


@pytest.mark.parametrize(
    "said",
    [
        (b"",),
        (GREETING[:1],),
        (GREETING[:63],),
        (GREETING, b""),
        (GREETING, WELCOME, b""),
        (GREETING, WELCOME, READY[:-1]),
    ],
)
def test_a_server_that_hangs_up_at_any_stage_is_no_daemon(said):
    def script(sock):
        for part, answer in zip((GREETING, HELLO, INITIATE), said, strict=False):
            read_exactly(sock, len(part))
            sock.sendall(answer)

    with ScriptedServer(script) as server:
        assert code_of(dealer, server) == "connection.handshake"


def test_a_server_that_dribbles_its_greeting_ends_in_a_time_out():
    def script(sock):
        try:
            for byte in GREETING[:1] + bytes(8) + GREETING[9:]:
                sock.sendall(bytes([byte]))
                if select.select([sock], [], [], 0.02)[0] and len(sock.recv(100)) == 0:
                    return
        except ConnectionError:
            return

    with ScriptedServer(script) as server:
        assert code_of(dealer, server, connect_timeout=0.3) == "connection.timeout"


@pytest.mark.parametrize(
    "banner",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00" * 64,
        b"\xff" * 64,
        GREETING.replace(b"PLAIN", b"CURVE"),
        GREETING[:10] + b"\x02" + GREETING[11:],
    ],
)
def test_another_kind_of_server_is_told_by_its_first_bytes_and_gets_no_token(banner):
    heard = []

    def script(sock):
        sock.sendall(banner)
        try:
            while data := sock.recv(1000):
                heard.append(data)
        except ConnectionError:
            pass

    with ScriptedServer(script) as server:
        assert code_of(dealer, server) == "connection.handshake"
    assert b"pass wd" not in b"".join(heard)


def test_a_server_that_echoes_is_no_daemon():
    def script(sock):
        try:
            while data := sock.recv(1000):
                sock.sendall(data)
        except ConnectionError:
            pass

    with ScriptedServer(script) as server:
        assert code_of(dealer, server) == "connection.handshake"


@pytest.mark.parametrize("error", [b"\x04\x0a\x05ERROR\x03400", b"\x04\x09^RROR\x03400"])
def test_an_error_in_the_handshake_is_a_refusal(error):
    with ScriptedServer(greeted(GREETING, error)) as server:
        assert code_of(dealer, server) == "connection.denied"


def test_random_bytes_in_place_of_a_handshake():
    generator = random.Random(6)
    for _ in range(30):
        tail = generator.randbytes(generator.randint(1, 200))
        good = generator.choice([b"", GREETING, GREETING + WELCOME])

        def script(sock, data=good + tail):
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            read_to_the_end(sock)

        with ScriptedServer(script) as server:
            assert code_of(dealer, server) in {"connection.handshake", "connection.denied"}


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert code_of(Dealer, "127.0.0.1", port, "user", "password") == "connection.refused"


def test_a_connection_to_itself_is_nobody(monkeypatch):
    def meet_itself(address, timeout):
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        return sock

    monkeypatch.setattr(zmtp_socket.socket, "create_connection", meet_itself)
    assert code_of(Dealer, "127.0.0.1", 1, "user", "password") == "connection.refused"
