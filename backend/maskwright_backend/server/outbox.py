# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients have not taken yet: a slow one gets all its answers, one that never reads is given up."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import Any

import zmq

log = logging.getLogger(__name__)

MOST_BYTES = 256 << 20
"""What may wait for one client beside what libzmq and the system hold for it."""


class Outbox:
    """Sends through a ROUTER; what does not go out at once waits, in order, for the next `flush`."""

    def __init__(self, router: zmq.Socket[Any]) -> None:
        self._router = router
        self._waiting: dict[bytes, deque[Sequence[Any]]] = {}
        self._bytes: dict[bytes, int] = {}

    def send(self, identity: bytes, frames: Sequence[Any], *, droppable: bool = False) -> bool:
        """Send a message, or keep it; return False when the client is gone, or leaves too much unread.

        What waited for such a client is dropped. A droppable message is never kept.
        """
        if identity not in self._waiting:
            sent = self._try(identity, frames)
            if sent is not None:
                return sent
        if not droppable:
            self._waiting.setdefault(identity, deque()).append(frames)
            self._bytes[identity] = self._bytes.get(identity, 0) + _size(frames)
        if self._bytes.get(identity, 0) <= MOST_BYTES:
            return True
        log.info("A client has left %d messages unread: given up.", len(self._waiting[identity]))
        self._drop(identity)
        return False

    def flush(self) -> None:
        """Send as much of what waits as can go."""
        for identity, messages in list(self._waiting.items()):
            sent: bool | None = True
            while messages and sent:
                sent = self._try(identity, messages[0])
                if sent:
                    self._bytes[identity] -= _size(messages.popleft())
            if sent is not None:
                self._drop(identity)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def _drop(self, identity: bytes) -> None:
        self._waiting.pop(identity, None)
        self._bytes.pop(identity, None)

    def _try(self, identity: bytes, frames: Sequence[Any]) -> bool | None:
        """Return whether the client is there to get it, or None when it cannot take it just now."""
        try:
            self._router.send_multipart([identity, *frames], zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        except zmq.ZMQError as error:
            log.debug("A message for a client could not be sent: %s", error)
            return False
        return True


def _size(frames: Sequence[Any]) -> int:
    return sum(len(frame) for frame in frames)
