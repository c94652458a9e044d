# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP server that plays a script to one client; its bytes come from the ZMTP specification, not from our code."""

from __future__ import annotations

import socket
import threading

import pytest

from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.zmtp import Dealer

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x01" + b"PLAIN" + bytes(15) + b"\x00" + bytes(31)
WELCOME = b"\x04\x08" + b"\x07WELCOME"
READY = b"\x04\x1c" + b"\x05READY" + b"\x0bSocket-Type" + b"\x00\x00\x00\x06ROUTER"
HELLO = b"\x04\x13" + b"\x05HELLO" + b"\x04user" + b"\x07pass wd"
INITIATE = (
    b"\x04\x2c" + b"\x08INITIATE" + b"\x0bSocket-Type\x00\x00\x00\x06DEALER" + b"\x08Identity\x00\x00\x00\x00"
)
PING = b"\x04\x0a\x04PING\x00\x00ctx"
PONG = b"\x04\x08\x04PONGctx"
MESSAGE = b"\x01\x04head\x00\x04tail"
PATIENCE = 20.0


def read_exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(min(count - len(data), 1 << 20))
        if not more:
            raise EOFError
        data += more
    return data


def read_frame(sock):
    """Return flags and body of one frame."""
    flags, short = read_exactly(sock, 2)
    size = int.from_bytes(bytes([short]) + read_exactly(sock, 7), "big") if flags & 2 else short
    return flags, read_exactly(sock, size)


def read_to_the_end(sock):
    """Read until the client closes; a reset is an end, too."""
    try:
        while sock.recv(1 << 20):
            pass
    except ConnectionError:
        pass


def shake_hands(sock):
    assert len(read_exactly(sock, 64)) == 64
    sock.sendall(GREETING)
    assert read_frame(sock)[1].startswith(b"\x05HELLO")
    sock.sendall(WELCOME)
    assert read_frame(sock)[1].startswith(b"\x08INITIATE")
    sock.sendall(READY)


class ScriptedServer:
    """Listens on a free port of the loopback and runs `script(socket)` for the first client, in a thread."""

    def __init__(self, script):
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._error = None
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            client, _ = self._listener.accept()
            with client:
                client.settimeout(PATIENCE)
                self._script(client)
        except Exception as error:  # noqa: BLE001 - it is raised again at the end of the test
            self._error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._thread.join(PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive()
        if self._error is not None and kind is None:
            raise self._error


def dealer(server, **options):
    return Dealer("127.0.0.1", server.port, "user", "pass wd", **options)


def code_of(call, *arguments, **options):
    with pytest.raises(ConnectionFailed) as caught:
        call(*arguments, **options)
    assert caught.value.message.endswith(".")
    return caught.value.code


def greeted(*answers):
    """Return a script that says the answers one by one, each after the client's next part, then waits."""

    def script(sock):
        for part, answer in zip((GREETING, HELLO, INITIATE), answers, strict=False):
            assert read_exactly(sock, len(part)) == part
            sock.sendall(answer)
        read_to_the_end(sock)

    return script


def after_handshake(script):
    def whole(sock):
        shake_hands(sock)
        script(sock)

    return whole
