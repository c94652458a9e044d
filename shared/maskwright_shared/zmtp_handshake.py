# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's side of a ZMTP handshake with PLAIN, without input or output of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generator, Iterator

from .errors import ConnectionFailed
from .zmtp_frames import ZmtpError, greeting, hello, initiate, parse_command, parse_metadata, parse_reason

if TYPE_CHECKING:
    from .zmtp_flow import Inflow, Outflow

_PEERS = (b"ROUTER", b"DEALER", b"REP")
"""The sockets that a DEALER may meet."""


def shake_hands(inflow: Inflow, outflow: Outflow, username: str, password: str) -> Iterator[None]:
    """Run the handshake; yield whenever bytes must be written and read before it can go on.

    Raises:
        ConnectionFailed: `connection.denied` when the server refuses user name and password.
        ZmtpError: when the peer is no ZMTP server with PLAIN.
        ValueError: for a user name or password that is too long for PLAIN.
    """
    credentials = hello(username.encode(), password.encode())
    outflow.add(greeting())
    while not inflow.greeted():
        yield
    outflow.add(credentials)  # not before the greeting: only a PLAIN server gets to see them
    yield from _expect(inflow, b"WELCOME")
    outflow.add(initiate())
    metadata = yield from _expect(inflow, b"READY")
    kind = parse_metadata(metadata).get("socket-type")
    if kind not in _PEERS:
        raise ZmtpError(f"the peer's socket type is {kind!r}")


def _expect(inflow: Inflow, name: bytes) -> Generator[None, None, bytes]:
    event = inflow.next()
    while event is None:
        yield
        event = inflow.next()
    if not isinstance(event, bytes):
        raise ZmtpError("a message before the end of the handshake")
    said, data = parse_command(event)
    if said == b"ERROR":
        sentence = "The Maskwright daemon refused the token: read its connection file again."
        raise ConnectionFailed("connection.denied", sentence, parse_reason(data))
    if said != name:
        raise ZmtpError(f"{said[:20]!r} in place of {name!r}")
    return data
