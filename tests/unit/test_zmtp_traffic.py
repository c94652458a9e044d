# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages through a Dealer: sizes, time-outs, slow peers, and the system around it."""

from __future__ import annotations

import os
import random
import resource
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from scripted_server import (
    GREETING,
    MESSAGE,
    PING,
    PONG,
    READY,
    WELCOME,
    ScriptedServer,
    after_handshake,
    code_of,
    dealer,
    greeted,
    read_exactly,
    read_frame,
    read_to_the_end,
)

from maskwright_shared.zmtp_frames import frame_head


def test_messages_of_all_sizes_in_both_directions():
    body = random.Random(7).randbytes(300_000)

    def script(sock):
        for size in (0, 255, 256, 4096, 4097, 300_000):
            assert read_frame(sock) == (1 if size < 256 else 3, body[:size])
            assert read_frame(sock) == (0, b"end")
            sock.sendall(frame_head(size, 0) + body[:size])
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        for size in (0, 255, 256, 4096, 4097, 300_000):
            client.send([memoryview(body)[:size], b"end"])
            assert client.receive(10) == [body[:size]]
        assert client.receive(0) is None


def test_a_message_that_is_none_leaves_the_connection_as_it_was():
    def script(sock):
        assert read_frame(sock) == (0, b"good")
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        with pytest.raises(ValueError, match="one frame"):
            client.send([])
        with pytest.raises(TypeError):
            client.send([b"first", "text"])
        client.send([b"good"])


def test_a_time_out_of_receive_is_kept_and_loses_nothing():
    go = threading.Event()

    def script(sock):
        sock.sendall(MESSAGE[:7])
        go.wait(10)
        sock.sendall(MESSAGE[7:])
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        assert client.receive(0.1) is None
        go.set()
        assert client.receive(10) == [b"head", b"tail"]


def test_pump_reads_ahead_and_answers_without_waiting():
    def script(sock):
        sock.sendall(PING + MESSAGE + MESSAGE)
        assert read_exactly(sock, len(PONG)) == PONG
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        while client.pending < 2:
            assert select.select([client.fileno()], [], [], 10)[0]
            client.pump()
        assert client.receive(0) == client.receive(0) == [b"head", b"tail"]


def test_sending_goes_on_while_the_peer_talks_first():
    body = bytes(1 << 20)

    def script(sock):
        for _ in range(24):  # more than the sockets buffer: each side must read to let the other write
            sock.sendall(frame_head(len(body), 0) + body)
        for _ in range(24):
            assert read_frame(sock)[1] == body
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        client.send([body] * 24)
        assert [len(client.receive(10)[0]) for _ in range(24)] == [len(body)] * 24


def test_a_peer_that_stops_reading_ends_in_a_time_out_and_its_words_are_kept():
    done = threading.Event()

    def script(sock):
        sock.sendall(MESSAGE)
        done.wait(20)

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server, send_timeout=0.3)
        assert code_of(client.send, [bytes(64 << 20)]) == "connection.timeout"
        done.set()
        assert client.receive(0) == [b"head", b"tail"]
        assert code_of(client.receive, 0) == "connection.timeout"
        assert code_of(client.send, [b"more"]) == "connection.timeout"
        assert client.fileno() == -1


def test_a_peer_that_takes_single_bytes_ends_in_a_time_out():
    done = threading.Event()

    def script(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        while not done.wait(0.01):
            sock.recv(1)

    with ScriptedServer(after_handshake(script)) as server:
        client = dealer(server, send_timeout=0.5)
        assert code_of(client.send, [bytes(64 << 20)]) == "connection.timeout"
        done.set()


def test_a_slow_peer_that_goes_on_taking_is_waited_for():
    pause = threading.Event()

    def script(sock):
        size = 0
        while size < 12 << 20:
            size += len(sock.recv(1 << 18))
            pause.wait(0.02)  # at least 48 times, so twice the time-out in all
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server, send_timeout=0.5) as client:
        client.send([bytes(12 << 20)])


def test_a_descriptor_above_a_thousand_is_no_trouble():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2100:
        pytest.skip("this machine lets a process open few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2100), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with ScriptedServer(greeted(GREETING, WELCOME, READY + MESSAGE)) as server, dealer(server) as client:
            assert client.fileno() > 1024
            assert client.receive(10) == [b"head", b"tail"]
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


SURVIVOR = """
import signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as in an editor that embeds Python without its signal handlers
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.zmtp import Dealer
client = Dealer("127.0.0.1", int(sys.argv[1]), "user", "pass wd")
try:
    while True:
        client.send([bytes(100000)])
except ConnectionFailed as error:
    print(error.code)
"""


def test_a_lost_daemon_does_not_end_the_process_by_a_signal():
    shared = Path(__file__).parents[2] / "shared"
    with ScriptedServer(after_handshake(lambda sock: None)) as server:
        done = subprocess.run(
            [sys.executable, "-c", SURVIVOR, str(server.port)],
            env={**os.environ, "PYTHONPATH": str(shared)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stdout.strip()) == (0, "connection.lost"), done.stderr


def test_without_poll_and_sendmsg_as_on_windows(monkeypatch):
    monkeypatch.delattr(select, "poll")
    monkeypatch.setattr("maskwright_shared.zmtp_flow.hasattr", lambda *_: False, raising=False)
    body = bytes(3 << 20)

    def script(sock):
        assert read_frame(sock) == (1, b"head")
        assert read_frame(sock) == (2, body)
        sock.sendall(MESSAGE)
        read_to_the_end(sock)

    with ScriptedServer(after_handshake(script)) as server, dealer(server) as client:
        client.send([b"head", body])
        assert client.receive(10) == [b"head", b"tail"]
