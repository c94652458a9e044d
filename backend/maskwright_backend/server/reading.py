# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages taken from the ROUTER, each as far as it can mean something: what is left of a longer one is thrown away.

A message of a million empty frames is 2 MB on the wire, and seconds of work when each becomes an object. libzmq knows
no limit to their number, so the first frames are read, the rest are skipped a few thousand at a time between other
work, and the connection that sent them is cut.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from typing import Any, NamedTuple

import zmq

log = logging.getLogger(__name__)

MOST_FRAMES = 8
"""After the identity; a request has at most two."""

SKIPPED_AT_ONCE = 2000
CUT_AFTER = 10_000
"""So many frames too many mean no good: the connection ends. A multiple of SKIPPED_AT_ONCE."""


class Received(NamedTuple):
    """A message: who sent it, by which connection, and its frames."""

    identity: bytes
    descriptor: int
    frames: list[Any]


class Reader:
    """Reads one ROUTER; the loop's thread alone calls it."""

    def __init__(self, router: zmq.Socket[Any]) -> None:
        self._router = router
        self._skipped = 0
        self._skipping: Received | None = None

    def read(self) -> Received | None:
        """Return a message, or None while the rest of a longer one is skipped; it then has a frame too many."""
        if self._skipping is None:
            message, more = self._first()
            if not more:
                return message
            self._skipping, self._skipped = message, 0
        return self._skip()

    def _first(self) -> tuple[Received, bool]:
        identity = self._router.recv(copy=False)
        frames: list[Any] = []
        frame, more = identity, bool(identity.more)
        while more and len(frames) <= MOST_FRAMES:
            frame = self._router.recv(copy=False)
            frames.append(frame.buffer)
            more = bool(frame.more)
        return Received(identity.bytes, int(identity.get(zmq.SRCFD)), frames), more

    def _skip(self) -> Received | None:
        message = self._skipping
        assert message is not None  # noqa: S101 - the caller has looked
        for _ in range(SKIPPED_AT_ONCE):
            self._skipped += 1
            if not self._router.recv(copy=False).more:  # twice as fast as asking the socket
                self._skipping = None
                return message
        if self._skipped == CUT_AFTER:
            log.warning("A message of more than %d frames: its connection is cut.", CUT_AFTER)
            _cut(message.descriptor)
        return None


def _cut(descriptor: int) -> None:
    """End a connection of libzmq's, which offers no call for that, by its socket."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.shutdown(socket.SHUT_RDWR)
