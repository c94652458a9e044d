# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to the daemon as a program sees it: requests, replies, and images put in stripes."""

from __future__ import annotations

import itertools
import secrets
import time
from typing import Any, Callable, Iterator, Optional

from . import wire
from .connection import HOST, USERNAME, Connection
from .errors import ConnectionFailed, ProtocolError
from .messages import (
    STRIPE_BYTES,
    Error,
    Hello,
    ImagePut,
    ImageReady,
    ImageStripe,
    Message,
    Progress,
    Welcome,
)
from .version import PROTOCOL, VERSION
from .zmtp import Dealer

HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 6.0
"""The daemon's network thread answers heartbeats even while every core encodes: such a silence is an end."""

Sending = Callable[[float], None]
"""Told which part of an image (0 to 1) has been sent."""


class Client:
    """A connection on which the daemon has proven itself; for one thread at a time.

    Raises:
        ConnectionFailed: nobody listens, the token is refused, or `connection.impostor` when the other side
            cannot prove that it wrote the connection file; nothing but random numbers was sent to it then.
    """

    def __init__(self, connection: Connection, name: str, *, connect_timeout: float = 3.0) -> None:
        if connection.protocol != PROTOCOL:
            raise ConnectionFailed(
                "connection.version",
                f"A Maskwright daemon of another version ({connection.version}) is running: close what uses it.",
            )
        self._ids = itertools.count(1)
        self.dealer = Dealer(
            HOST,
            connection.port,
            USERNAME,
            connection.token,
            connect_timeout=connect_timeout,
            heartbeat=HEARTBEAT_SECONDS,
            silence=SILENCE_SECONDS,
        )
        try:
            self.welcome = self._hello(connection, name)
        except BaseException:
            self.dealer.close()
            raise

    def _hello(self, connection: Connection, name: str) -> Welcome:
        nonce = secrets.token_hex(32)
        try:
            reply = self.request(Hello(nonce, name, VERSION), timeout=HELLO_SECONDS)
        except ProtocolError as error:
            raise _impostor(repr(error)) from error
        if not isinstance(reply, Welcome) or not connection.proves(nonce, reply.proof):
            raise _impostor()
        return reply

    def send(self, message: Message) -> int:
        """Send a request and return its id."""
        id = next(self._ids)
        self.dealer.send(wire.encode(id, message))
        return id

    def receive(self, timeout: Optional[float]) -> Optional[wire.Envelope]:
        """Return the next reply or event, or None when none comes within `timeout` seconds (None: for ever)."""
        frames = self.dealer.receive(timeout)
        if frames is None:
            return None
        envelope = wire.decode(frames)
        if isinstance(envelope.message, Error) and envelope.message.code == "request.hello":
            raise ConnectionFailed(
                "connection.lost",
                "The Maskwright daemon dropped this program, which read no answers: try again.",
            )
        return envelope

    def request(
        self,
        message: Message,
        *,
        progress: Optional[Callable[[Progress], None]] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        """Send a request and return its reply; replies to other requests that come meanwhile are dropped.

        Raises:
            MaskwrightError: the daemon's error, as the class it was there.
            ConnectionFailed: `connection.timeout` after `timeout` seconds, or the connection's own end.
        """
        return self.wait_for(self.send(message), progress=progress, timeout=timeout)

    def wait_for(
        self,
        id: int,
        *,
        progress: Optional[Callable[[Progress], None]] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        """Return the reply to the request `id`; see `request`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            envelope = self.receive(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if envelope is None:
                raise ConnectionFailed(
                    "connection.timeout", "The Maskwright daemon does not answer: restart it."
                )
            if envelope.id != id:
                continue
            if isinstance(envelope.message, Progress):
                if progress is not None:
                    progress(envelope.message)
                continue
            if isinstance(envelope.message, Error):
                raise envelope.message.to_exception()
            return envelope.message

    def put_image(
        self, width: int, height: int, channels: str, data: Any, sending: Optional[Sending] = None
    ) -> ImageReady:
        """Send an image's pixels (bytes-like, see ImagePut) and return the name the daemon gave it."""
        put = self.send_image(width, height, channels, data, sending)
        reply: ImageReady = self.wait_for(put)
        return reply

    def send_image(
        self, width: int, height: int, channels: str, data: Any, sending: Optional[Sending] = None
    ) -> int:
        """Send an image's pixels and return the id under which ImageReady will come."""
        put = self.send(ImagePut(width, height, channels))
        for fraction in self.send_stripes(put, data):
            if sending is not None:
                sending(fraction)
        return put

    def send_stripes(self, put: int, data: Any) -> Iterator[float]:
        """Send the pixels of the ImagePut with the id `put`, one stripe for each step of the iterator.

        Yields the part of the image (0 to 1) that has been sent, so that a caller can stop in between.
        """
        pixels = memoryview(data).cast("B")
        for offset in range(0, len(pixels), STRIPE_BYTES):
            stripe = pixels[offset : offset + STRIPE_BYTES]
            self.send(ImageStripe(put, offset, stripe))
            yield (offset + len(stripe)) / len(pixels)

    def close(self) -> None:
        """End the connection."""
        self.dealer.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _impostor(detail: str = "") -> ConnectionFailed:
    sentence = "Another program answers in the daemon's place: restart the daemon."
    return ConnectionFailed("connection.impostor", sentence, detail)
