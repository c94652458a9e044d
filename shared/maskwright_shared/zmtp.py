# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZeroMQ DEALER in plain Python: ZMTP 3.1 over TCP with the PLAIN mechanism, for hosts that load no pyzmq.

One Dealer is one connection. When it fails, it stays failed: make a new one to reconnect. Messages that arrived
whole before the failure can still be received.
"""

from __future__ import annotations

import math
import select
import socket
import time
from collections import deque
from typing import Deque, List, NoReturn, Optional, Sequence, Tuple

from .errors import ConnectionFailed
from .zmtp_flow import Inflow, Outflow
from .zmtp_frames import (
    GREETING_SIZE,
    Broken,
    Frame,
    check_greeting,
    greeting,
    hello,
    initiate,
    parse_command,
    parse_metadata,
    parse_reason,
    ping,
    pong,
)

MAX_MESSAGE = 512 * 1024 * 1024
_MAX_WAITING = 4096
"""The most messages read ahead, and the most pieces that wait to be written beside them."""

_STEP = 1 << 16
"""A peer that gives or takes less than this many bytes within a time-out is as good as silent."""

_READS_AT_ONCE = 32
_PEERS = (b"ROUTER", b"DEALER", b"REP")


class Dealer:
    """A connection to a ROUTER, made and authenticated by the constructor. One thread at a time may use it.

    Times are in seconds. `connect_timeout` covers connecting and the whole handshake. `send_timeout` is how long
    the peer may take nothing of a message. After `heartbeat` seconds in which nothing was heard a PING is sent,
    and without any sign of life for `silence` seconds after that the connection counts as lost. Heartbeats need a
    caller: be in `receive`, or call `pump` every few seconds, or the peer may drop this side as dead.

    Raises:
        ConnectionFailed: `connection.refused` (nobody listens), `connection.timeout` (no answer in time),
            `connection.handshake` (it is no ZMTP server with PLAIN), `connection.denied` (wrong user or password).
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        password: str,
        *,
        connect_timeout: float = 3.0,
        send_timeout: float = 10.0,
        heartbeat: float = 5.0,
        silence: float = 20.0,
        max_message: int = MAX_MESSAGE,
    ) -> None:
        self._send_timeout, self._heartbeat, self._silence = send_timeout, heartbeat, silence
        self._in, self._out = Inflow(), Outflow()
        self._limit = max_message
        self._messages: Deque[List[Frame]] = deque()
        self._waiting_bytes = 0
        self._failure: Optional[Tuple[str, str, str]] = None
        deadline = time.monotonic() + connect_timeout
        said = hello(username.encode(), password.encode())
        self._socket = _connect(host, port, connect_timeout)
        try:
            self._shake_hands(said, deadline)
        except BaseException:
            self._socket.close()
            raise
        self._in.limit = max_message
        self._heard = time.monotonic()
        self._unheard_bytes = 0
        self._asked: Optional[float] = None

    # What the owner calls.

    def send(self, frames: Sequence[object]) -> None:
        """Send one message of one or more bytes-like frames and return when the system has taken all of it.

        Large frames are not copied. While the peer is slow, this goes on reading: messages wait for `receive`.

        Raises:
            ConnectionFailed: `connection.timeout` when the peer takes nothing for `send_timeout` seconds,
                `connection.lost`.
        """
        if not frames:
            raise ValueError("a message has at least one frame")
        self._check()
        self._out.add_message(frames)
        patience = self._flush_or_fail() and self._send_timeout
        moved, since = 0, time.monotonic()
        while self._out:
            left = since + patience - time.monotonic()
            if left <= 0:
                self._fail("connection.timeout", "The Maskwright daemon takes no more data: restart it.")
                self._check()
            moved += self._turn(left)
            self._check()
            if moved >= _STEP:
                moved, since = 0, time.monotonic()
