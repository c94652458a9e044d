# SPDX-License-Identifier: GPL-3.0-or-later
"""The one thread that owns the socket: it receives, hands out work, and sends what the lanes have done."""

from __future__ import annotations

import heapq
import itertools
import logging
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from maskwright_shared import wire
from maskwright_shared.messages import Message

from .outbox import Outbox
from .reading import Reader
from .socket import Departures, Gate, open_router

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.01

Received = Callable[[bytes, int, Sequence[Any]], None]
Departed = Callable[[int], None]


class Loop:
    """Socket, timers, and a way in for other threads.

    `received(identity, descriptor, frames)` gets every message and `departed(descriptor)` every connection that
    ended; both run on the loop's thread, as does all that is posted.
    """

    def __init__(self, token: str) -> None:
        self._context: zmq.Context[Any] = zmq.Context(io_threads=1)
        self._gate = Gate(self._context, token)
        self._router, self.port = open_router(self._context)
        self._outbox = Outbox(self._router)
        self._reader = Reader(self._router)
        self._departures = Departures(self._router)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(
            False
        )  # the loop's own thread posts too, and must never wait for itself
        self._posted: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopping = False

    # For any thread.

    def post(self, call: Callable[[], None]) -> None:
        """Have `call` run on the loop's thread soon."""
        self._posted.append(call)
        try:
            self._wake_writer.send(b"\0")
        except BlockingIOError:
            return  # it has yet to wake up for those before, and will find this one with them
        except OSError:
            log.debug("A result came after the loop had ended.")

    def stop(self) -> None:
        """Let `run` return; safe in a signal handler."""
        self._stopping = True
        self.post(lambda: None)

    # For the loop's thread.

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Have `call` run once, `seconds` from now."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), call))

    def send(self, identity: bytes, id: int, message: Message, *, droppable: bool = False) -> bool:
        """Send a message, now or as soon as the client takes it; return False when that is past hope."""
        waited = not self._outbox.is_empty
        hopeful = self._outbox.send(identity, wire.encode(id, message), droppable=droppable)
        if not waited and not self._outbox.is_empty:
            self.after(FLUSH_SECONDS, self._flush)
        return hopeful

    def run(self, received: Received, departed: Departed) -> None:
        """Work until `stop`."""
        poller = zmq.Poller()
        for source in (self._router, self._gate.socket, self._departures.socket, self._wake_reader):
            poller.register(source, zmq.POLLIN)
        while not self._stopping:
            ready = dict(poller.poll(self._wait()))
            if self._gate.socket in ready:
                self._gate.answer()
            self._see_off(departed)
            if self._wake_reader.fileno() in ready:
                self._run_posted()
            if self._router in ready:
                self._receive(received, departed)
            self._run_timers()

    def drain(self, done: Callable[[], bool], seconds: float) -> None:
        """Run what the lanes still post until `done`, for at most `seconds`; no more messages are taken."""
        poller = zmq.Poller()
        poller.register(self._wake_reader, zmq.POLLIN)
        deadline = time.monotonic() + seconds
        self.post(lambda: None)
        while time.monotonic() < deadline:
            if poller.poll(20):
                self._run_posted()
            self._outbox.flush()
            if done() and not self._posted and self._outbox.is_empty:
                return

    def close(self) -> None:
        """Close all sockets; what was sent just before still has half a second to leave."""
        self._router.disable_monitor()
        for closing in (self._departures.socket, self._gate.socket, self._router):
            closing.close()
        self._context.term()
        self._wake_reader.close()
        self._wake_writer.close()

    def _flush(self) -> None:
        self._outbox.flush()
        if not self._outbox.is_empty:
            self.after(FLUSH_SECONDS, self._flush)

    def _see_off(self, departed: Departed) -> None:
        for descriptor in self._departures.pending():
            _guarded(lambda descriptor=descriptor: departed(descriptor))  # type: ignore[misc]

    def _receive(self, received: Received, departed: Departed) -> None:
        message = self._reader.read()
        self._see_off(
            departed
        )  # this connection may have the descriptor of one that ended since the last look
        if message is not None:
            _guarded(lambda: received(*message))

    def _run_posted(self) -> None:
        self._wake_reader.recv(4096)
        for _ in range(len(self._posted)):
            _guarded(self._posted.popleft())

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _guarded(heapq.heappop(self._timers)[2])

    def _wait(self) -> int | None:
        if not self._timers:
            return None
        return max(0, int((self._timers[0][0] - time.monotonic()) * 1000) + 1)


def _guarded(call: Callable[[], None]) -> None:
    """Call what was posted or timed; a mistake in it is logged, and the loop goes on with the next."""
    try:
        call()
    except Exception:
        log.exception("A step of the daemon's own failed.")
