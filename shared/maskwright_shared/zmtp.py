# SPDX-License-Identifier: GPL-3.0-or-later
"""A ZeroMQ DEALER in plain Python: ZMTP 3.1 over TCP with the PLAIN mechanism, for hosts that load no pyzmq.

One Dealer is one connection. Once it has failed it stays failed: make a new one to reconnect. Messages that
had arrived whole before the failure can still be received.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING, Deque, List, Optional, Sequence, Tuple, Type

from .errors import ConnectionFailed
from .zmtp_flow import Event, Inflow, Outflow
from .zmtp_frames import Frame, ZmtpError, parse_command, parse_reason, ping, pong
from .zmtp_handshake import shake_hands
from .zmtp_pulse import STEP, Pulse
from .zmtp_socket import connect, timed_out, wait

MAX_MESSAGE = 512 * 1024 * 1024
"""The most bytes that a received message may have."""

_MAX_MESSAGES = 4096
_MAX_PIECES = 1 << 16
_FRAME_COST = 64
"""What a waiting frame costs beside its bytes, so that many tiny ones are counted honestly."""

_READS_AT_ONCE = 32

if TYPE_CHECKING:
    from types import TracebackType


class Dealer:
    """A connection to a ROUTER, made and authenticated by the constructor, for one thread at a time.

    Times are in seconds. `connect_timeout` covers connecting and the whole handshake. `send_timeout` is how
    long the peer may take nothing of a message. After `heartbeat` seconds in which nothing was heard a PING
    goes out; without a sign of life for `silence` seconds after it the connection is lost. Heartbeats need a
    caller: be in `receive` or call `pump` every few seconds, or the peer may drop this side as dead.

    Raises:
        ConnectionFailed: `connection.refused` (nobody listens), `connection.timeout` (no answer in time),
            `connection.handshake` (no ZMTP server with PLAIN), `connection.denied` (wrong user or password).
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
        self._port, self._send_timeout, self._max_message = port, send_timeout, max_message
        self._in, self._out = Inflow(), Outflow()
        self._messages: Deque[List[Frame]] = deque()
        self._waiting_bytes = 0
        self._failure: Optional[Tuple[str, str, str]] = None
        self._ready = False
        self._pulse = Pulse(heartbeat, silence, time.monotonic())
        deadline = time.monotonic() + connect_timeout
        self._socket = connect(host, port, connect_timeout)
        try:
            self._shake_hands(username, password, deadline)
        except BaseException:
            self._socket.close()
            raise

    # For the owner.

    def send(self, frames: Sequence[object]) -> None:
        """Send one message of one or more bytes-like frames; return when the system has taken all of it.

        Large frames are not copied. While the peer is slow, what it says is read and waits for `receive`.

        Raises:
            ConnectionFailed: `connection.timeout` when the peer takes nothing for `send_timeout` seconds,
                else `connection.lost`. Either way this connection is over.
        """
        if not frames:
            raise ValueError("a message has at least one frame")
        self._check()
        self._out.add_message(frames)
        taken, since = self._flush(), time.monotonic()
        while self._out:
            self._check()
            left = since + self._send_timeout - time.monotonic()
            if left <= 0:
                self._fail("connection.timeout", "The Maskwright daemon takes no more data: restart it.")
                continue
            taken += self._turn(left)
            if taken >= STEP:
                taken, since = 0, time.monotonic()
        self._check()

    def receive(self, timeout: Optional[float]) -> Optional[List[Frame]]:
        """Return the frames of the next message, or None when none comes within `timeout` seconds.

        A `timeout` of None waits for ever, 0 only looks. Large frames are views of memory that belongs to the
        caller from then on.

        Raises:
            ConnectionFailed: `connection.lost`, once every message that arrived before has been handed out.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        patience = 0.0  # look before judging a silence: this side may have been away
        while not self._messages:
            self._check()
            self._turn(patience)
            next_beat = self._beat()
            left = deadline - time.monotonic()
            if left <= 0 and not self._messages and not self._failure:
                return None
            patience = min(left, next_beat)
        return self._take_message()

    def pump(self) -> None:
        """Read what is there, answer and send heartbeats; never wait. Raises as `receive` does."""
        if self._failure is None:
            self._turn(0)
            self._beat()
        if not self._messages:
            self._check()

    @property
    def pending(self) -> int:
        """How many messages have been read and wait for `receive`."""
        return len(self._messages)

    def fileno(self) -> int:
        """Return the socket's descriptor for a host's event loop; -1 when the connection is over."""
        return self._socket.fileno()

    def close(self) -> None:
        """End the connection; what was sent before still arrives."""
        if self._failure is None:
            self._turn(0)  # bytes left unread would make TCP reset the connection and drop what was sent last
            self._fail("connection.lost", "The connection to the Maskwright daemon is closed.")

    def __enter__(self) -> Dealer:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    # Bytes in and out.

    def _shake_hands(self, username: str, password: str, deadline: float) -> None:
        try:
            for _ in shake_hands(self._in, self._out, username, password):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise timed_out(self._port)
                self._turn(left)
                self._check()
            self._in.limit, self._ready = self._max_message, True
            self._take_events()
        except ZmtpError as error:
            self._give_up(str(error))
            self._check()

    def _turn(self, timeout: float) -> int:
        """Wait until something can be read or written, do that, and return the number of bytes written."""
        readable = wait(self._socket, timeout, read=self._has_room(), write=bool(self._out))
        if readable:
            try:
                self._read()
            except (OSError, ZmtpError) as error:
                self._give_up(str(error))
        return self._flush()

    def _flush(self) -> int:
        if self._failure or not self._out:
            return 0
        try:
            return self._out.flush(self._socket)
        except OSError as error:
            self._give_up(str(error))
            return 0

    def _read(self) -> None:
        for _ in range(_READS_AT_ONCE):
            with self._in.space() as space:
                try:
                    count = self._socket.recv_into(space)
                except BlockingIOError:
                    return
                drained = count < len(space)
            if not count:
                raise ConnectionResetError("the peer closed the connection")
            self._in.arrived(count)
            if self._ready:
                self._pulse.heard(count, time.monotonic(), whole=self._take_events())
            if drained or not self._ready or not self._has_room():
                return

    def _has_room(self) -> bool:
        return (
            len(self._messages) < _MAX_MESSAGES
            and self._waiting_bytes <= self._max_message
            and len(self._out) < _MAX_PIECES
        )

    def _take_events(self) -> bool:
        event, some = self._in.next(), False
        while event is not None:
            self._take(event)
            event, some = self._in.next(), True
        return some

    def _take(self, event: Event) -> None:
        if isinstance(event, list):
            self._messages.append(event)
            self._waiting_bytes += _cost(event)
            return
        name, data = parse_command(event)
        if name == b"PING":
            self._out.add(pong(data))
        elif name == b"ERROR":
            raise ZmtpError(f"error {parse_reason(data)}")

    def _take_message(self) -> List[Frame]:
        frames = self._messages.popleft()
        self._waiting_bytes -= _cost(frames)
        return frames

    # Life and death.

    def _beat(self) -> float:
        """Ask a silent peer, give up one that stays silent; return the seconds until the next look."""
        if self._failure:
            return 0.0
        now = time.monotonic()
        if self._pulse.wants_ping(now):
            self._out.add(ping())
            self._flush()
            self._pulse.asked(now)
        left = self._pulse.left(now)
        if left <= 0:
            self._give_up("silent for too long")
        return left

    def _give_up(self, detail: str) -> None:
        if self._ready:
            sentence = "The connection to the Maskwright daemon was lost: try again."
            self._fail("connection.lost", sentence, detail)
        else:
            sentence = (
                f"What answers on port {self._port} is not a Maskwright daemon: start the daemon again."
            )
            self._fail("connection.handshake", sentence, detail)

    def _fail(self, code: str, message: str, detail: str = "") -> None:
        if self._failure is None:
            self._failure = (code, message, detail)
            self._socket.close()

    def _check(self) -> None:
        if self._failure:
            raise ConnectionFailed(*self._failure)


def _cost(frames: Sequence[Frame]) -> int:
    return sum(len(frame) + _FRAME_COST for frame in frames)
