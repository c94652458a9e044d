# SPDX-License-Identifier: GPL-3.0-or-later
"""The ROUTER socket, closed to everyone who does not know the token.

PLAIN is what keeps web pages out: an HTTP request sent to a port without it can carry a valid message. The
limits are for what a peer can do before it is let in: announce huge frames, or hold connections half open.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import zmq

from maskwright_shared.connection import HOST, USERNAME
from maskwright_shared.messages import STRIPE_BYTES

_EVENT = struct.Struct("=Hi")
ZAP_ENDPOINT = "inproc://zeromq.zap.01"


class Gate:
    """The ZAP handler (ZeroMQ RFC 27): lets in who knows user name and token, compared in constant time."""

    def __init__(self, context: zmq.Context[Any], token: str) -> None:
        self.socket = context.socket(zmq.REP)
        self.socket.bind(ZAP_ENDPOINT)
        self._token = token.encode()

    def answer(self) -> None:
        """Answer one waiting request of libzmq."""
        request = self.socket.recv_multipart()
        version, sequence = request[0], request[1]
        allowed = len(request) == 8 and request[5] == b"PLAIN" and self._knows(request[6:8])
        code, text = (b"200", b"OK") if allowed else (b"400", b"Denied")
        self.socket.send_multipart(
            [version, sequence, code, text, USERNAME.encode() if allowed else b"", b""]
        )

    def _knows(self, credentials: Sequence[bytes]) -> bool:
        name, token = credentials
        right_name = hmac.compare_digest(name, USERNAME.encode())
        return hmac.compare_digest(token, self._token) and right_name


class Departures:
    """Tells which connections ended, by the file descriptor their messages came from."""

    def __init__(self, router: zmq.Socket[Any]) -> None:
        self.socket = router.get_monitor_socket(zmq.Event.DISCONNECTED)

    def pending(self) -> Iterator[int]:
        """Yield the descriptor of each connection that has ended.

        A descriptor is used again by the next connection, so take all of these before the next message.
        """
        while self.socket.poll(0):
            # Parsed here, because zmq.utils.monitor imports asyncio: a third of the daemon's start.
            _, descriptor = _EVENT.unpack(self.socket.recv_multipart()[0])
            yield descriptor


def open_router(context: zmq.Context[Any]) -> tuple[zmq.Socket[Any], int]:
    """Return a ROUTER on a free port of the loopback interface, and that port; start the Gate before."""
    router = context.socket(zmq.ROUTER)
    options = {
        zmq.PLAIN_SERVER: 1,
        zmq.MAXMSGSIZE: 4 * STRIPE_BYTES,
        zmq.RCVHWM: 64,
        zmq.SNDHWM: 64,
        zmq.HANDSHAKE_IVL: 3000,
        zmq.ROUTER_MANDATORY: 1,
        zmq.HEARTBEAT_IVL: 5000,
        zmq.HEARTBEAT_TIMEOUT: 20000,
        zmq.LINGER: 500,
        zmq.BACKLOG: 64,
    }
    for option, value in options.items():
        router.setsockopt(option, value)
    return router, _bind(router)


def _bind(router: zmq.Socket[Any]) -> int:
    router.bind(f"tcp://{HOST}:0")
    endpoint = router.getsockopt_string(zmq.LAST_ENDPOINT)
    return int(endpoint.rsplit(":", 1)[1])
