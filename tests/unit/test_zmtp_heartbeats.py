# SPDX-License-Identifier: GPL-3.0-or-later
"""Heartbeats both ways, and what counts as a sign of life."""

from __future__ import annotations

import contextlib
import select
import threading
from types import SimpleNamespace

import pytest
from scripted_server import (
    MESSAGE,
    PING,
    PONG,
    ScriptedServer,
    after_handshake,
    code_of,
    dealer,
    read_exactly,
    read_frame,
    read_to_the_end,
)

from maskwright_shared import zmtp
from maskwright_shared.zmtp_frames import frame_head
from maskwright_shared.zmtp_pulse import STEP, Pulse


def test_a_ping_is_answered_with_its_context_at_once():
    def script(sock):
        sock.sendall(PING)
        assert read_exactly(sock, len(PONG)) == PONG
        sock.sendall(MESSAGE)
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        assert client.receive(10) == [b"head", b"tail"]


def test_a_silent_peer_is_asked_and_lives_when_it_answers():
    def script(sock):
        for _ in range(5):
            assert read_frame(sock) == (4, b"\x04PING\x00\x00")
            sock.sendall(b"\x04\x05\x04PONG")
        sock.sendall(MESSAGE)
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server, heartbeat=0.02) as client:
        assert client.receive(10) == [b"head", b"tail"]


@pytest.mark.parametrize("receive", [lambda client: client.receive(None), lambda client: client.receive(0)])
def test_a_peer_that_does_not_answer_is_lost_after_one_ping(receive):
    heard = []

    def script(sock):
        heard.append(read_frame(sock))
        with contextlib.suppress(EOFError):
            heard.append(read_frame(sock))

    def until_the_end(client):
        while True:
            receive(client)

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server, heartbeat=0.05, silence=0.2)
        assert code_of(until_the_end, client) == "connection.lost"
    assert heard == [(4, b"\x04PING\x00\x00")]


def test_a_dribble_of_bytes_is_no_sign_of_life():
    pause = threading.Event()

    def script(sock):
        sock.sendall(frame_head(1 << 20, 0))
        try:
            while True:
                sock.sendall(b"x")
                pause.wait(0.001)
        except ConnectionError:
            pass

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server, heartbeat=0.05, silence=0.2)
        assert code_of(client.receive, None) == "connection.lost"


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(zmtp, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_host_that_was_away_reads_before_it_judges(clock):
    def script(sock):
        read_frame(sock)
        sock.sendall(b"\x04\x05\x04PONG")
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        clock.now += 6
        client.pump()
        assert select.select([client.fileno()], [], [], 10)[0]
        clock.now += 1000
        client.pump()
        assert client.fileno() != -1


def test_a_host_that_was_away_asks_before_it_gives_up(clock):
    with ScriptedServer(after_handshake(read_to_the_end)) as server, dealer(server) as client:
        clock.now += 1000
        client.pump()
        clock.now += 19
        client.pump()
        clock.now += 2
        assert code_of(client.pump) == "connection.lost"


def test_a_pulse_asks_after_the_heartbeat_and_once():
    pulse = Pulse(5, 20, now=100)
    assert not pulse.wants_ping(104)
    assert pulse.left(104) == 1
    assert pulse.wants_ping(105)
    pulse.asked(105)
    assert not pulse.wants_ping(120)
    assert pulse.left(120) == 5
    assert pulse.left(125) == 0


def test_a_pulse_counts_events_and_large_portions_as_life():
    pulse = Pulse(5, 20, now=0)
    pulse.asked(5)
    pulse.heard(10, 6, whole=True)
    assert pulse.left(6) == 5
    pulse.asked(11)
    pulse.heard(STEP - 1, 12, whole=False)
    assert pulse.left(12) == 19
    pulse.heard(1, 13, whole=False)
    assert pulse.left(13) == 5
