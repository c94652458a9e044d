# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP socket under a ZMTP connection: connecting within a time-out, and waiting for it."""

from __future__ import annotations

import math
import select
import socket

from .errors import ConnectionFailed

_LONGEST_WAIT = 3600.0


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """Return a non-blocking TCP connection that sends small messages at once.

    Raises:
        ConnectionFailed: `connection.refused` when nobody listens, `connection.timeout` when nobody answers.
    """
    try:
        sock = socket.create_connection((host, port), timeout)
    except socket.timeout as error:
        raise timed_out(port) from error
    except OSError as error:
        raise _refused(port, str(error)) from error
    try:
        _prepare(sock)
    except OSError as error:
        sock.close()
        raise _refused(port, str(error)) from error
    return sock


def _prepare(sock: socket.socket) -> None:
    if sock.getsockname() == sock.getpeername():  # TCP can meet itself on a port where nobody listens
        raise ConnectionRefusedError("the connection leads to itself")
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "SO_NOSIGPIPE"):  # macOS; elsewhere MSG_NOSIGNAL does it
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_NOSIGPIPE, 1)


def _refused(port: int, detail: str) -> ConnectionFailed:
    sentence = f"No Maskwright daemon listens on port {port}: start it and try again."
    return ConnectionFailed("connection.refused", sentence, detail)


def timed_out(port: int) -> ConnectionFailed:
    """Return the error for a peer that does not answer in time."""
    sentence = f"The Maskwright daemon on port {port} does not answer in time: try again, or restart it."
    return ConnectionFailed("connection.timeout", sentence)


def wait(sock: socket.socket, timeout: float, *, read: bool, write: bool) -> bool:
    """Wait for at most `timeout` seconds until the socket can do what is asked; return whether to read."""
    timeout = max(0.0, min(timeout, _LONGEST_WAIT))
    if not hasattr(select, "poll"):  # Windows
        readable, _, troubled = select.select([sock] * read, [sock] * write, [sock], timeout)
        return bool(readable or troubled)
    poller = select.poll()  # select would fail above descriptor 1023, and editors open many files
    poller.register(sock, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
    events = poller.poll(math.ceil(timeout * 1000))
    return bool(events) and bool(events[0][1] & ~select.POLLOUT)
