# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the daemon, starting it when there is none, stopping it, and starting it anew when it hangs.

A handshake is the only proof that a daemon lives: no process number is trusted, no file's age. Whoever finds
none starts one; when several do so at once the daemon's own lock decides, and all of them find the winner.
"""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Callable, List, Optional

from . import wire
from .client import Client
from .connection import HOST, USERNAME, Connection
from .errors import ConnectionFailed, DaemonError, MaskwrightError
from .holder import end_holder, holder, hung, is_held
from .installation import Installation
from .messages import Hello, Shutdown
from .starting import start_daemon
from .version import VERSION
from .zmtp import Dealer

START_SECONDS = 20.0
POLL_SECONDS = 0.01
AGAIN_SECONDS = 0.3
"""Until the next start where another daemon has the lock: it is just coming up, or just ending."""

HELD_SECONDS = 10.0
"""For whoever has the lock to say where it is reached; a daemon that comes up on a busy machine needs some of it."""

STRANGER_SECONDS = 4.0
"""For a holder of the lock that is no daemon, as far as can be told, to turn out to be one."""

_GONE = (
    "connection.absent",
    "connection.refused",
    "connection.denied",
    "connection.lost",
    "connection.handshake",
)
"""How a connection file without a living daemon behind it shows: its port is closed, or somebody else's."""


def connect(
    installation: Installation,
    name: str,
    *,
    start: bool = True,
    given_up: Callable[[], bool] = lambda: False,
) -> Client:
    """Return a connection to the daemon of an installation; `name` is what the daemon calls this client.

    With `start` a daemon is started when there is none, and an older idle one is replaced. `given_up` is asked
    between attempts.

    Raises:
        ConnectionFailed: `connection.absent` without `start`; `connection.start` when it cannot be started;
            `connection.hung` when it answers nobody; `connection.impostor`, `connection.version` as they are.
    """
    if not start:
        client = _try(installation, name)
        if client is None:
            raise ConnectionFailed("connection.absent", "The Maskwright daemon is not running.")
        return client
    found = _known(installation)
    try:
        client = _try_replacing(installation, name)
    except ConnectionFailed as error:
        if error.code not in ("connection.timeout", "connection.file"):
            raise
        client = None  # a daemon that hangs, or none behind a stranger's port or a damaged file: the lock will tell
    return client or _start(installation, name, found, given_up)


def _known(installation: Installation) -> Optional[Connection]:
    """Return what the connection file says, None where there is none to be trusted."""
    try:
        return Connection.read(installation.places.connection_file)
    except ConnectionFailed:
        return None


def _try(installation: Installation, name: str) -> Optional[Client]:
    """Return a connection to a living daemon, or None when there is none."""
    try:
        return Client(Connection.read(installation.places.connection_file), name)
    except ConnectionFailed as error:
        if error.code in _GONE or error.code == "connection.impostor":
            return None
        raise


def _try_replacing(installation: Installation, name: str) -> Optional[Client]:
    try:
        client = _try(installation, name)
    except ConnectionFailed as error:
        if error.code == "connection.version" and retire(installation.places.connection_file):
            return None
        raise
    if client is None or not _is_older(client.welcome.version):
        return client
    try:
        client.request(Shutdown(if_idle=True), timeout=5.0)
    except DaemonError:
        return client  # in use by others: the protocol is the same, so it serves
    except ConnectionFailed:
        pass  # it is gone, which is what was wanted
    client.close()
    return None


def retire(connection_file: Path) -> bool:
    """Ask an idle daemon of another protocol version to end; return whether it does.

    `hello` and `shutdown` keep their form in every version of the protocol, so that this is always possible.
    """
    connection = Connection.read(connection_file)
    try:
        with Dealer(HOST, connection.port, USERNAME, connection.token) as dealer:
            for id, message in enumerate((Hello("0" * 64, "launcher", VERSION), Shutdown(if_idle=True)), 1):
                dealer.send(wire.encode(id, message, protocol=connection.protocol))
                reply = dealer.receive(5.0)
            return reply is not None and bool(json.loads(bytes(reply[0]))["type"] == "done")
    except ConnectionFailed as error:
        return error.code in _GONE
    except (ValueError, TypeError, KeyError):
        return False


def _is_older(version: str) -> bool:
    return _numbers(version) < _numbers(VERSION)


def _numbers(version: str) -> List[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]


def _start(
    installation: Installation, name: str, failed: Optional[Connection], given_up: Callable[[], bool]
) -> Client:
    """Start a daemon and connect to it; `failed` is the connection that leads to none."""
    process = start_daemon(installation)
    now = time.monotonic()
    deadline, again = now + START_SECONDS, now + AGAIN_SECONDS
    held_until, stranger_until = now + HELD_SECONDS, now + STRANGER_SECONDS
    while time.monotonic() < deadline and not given_up():
        status = process.poll()
        known = _known(installation)
        if status == 0 or (known is not None and known != failed):
            client = _try_new(installation, name, locked=status == 0)
            if client is not None:
                return client
        if status not in (None, 0):
            raise ConnectionFailed(
                "connection.start", _why(installation, "stopped as soon as it was started")
            )
        if status == 0 and time.monotonic() > again:
            again = time.monotonic() + AGAIN_SECONDS
            if not is_held(installation.places):
                process = start_daemon(installation)
            elif time.monotonic() > (held_until if holder(installation.places) else stranger_until):
                raise hung(installation.places)
        time.sleep(POLL_SECONDS)
    raise ConnectionFailed("connection.start", _why(installation, "did not come up in time"))


def _try_new(installation: Installation, name: str, *, locked: bool) -> Optional[Client]:
    try:
        return _try(installation, name)
    except ConnectionFailed as error:
        if locked and error.code == "connection.timeout":
            raise hung(installation.places) from error
        if error.code == "connection.file":
            return None  # not the daemon's, or not yet: the deadline will tell
        raise


def _why(installation: Installation, what: str) -> str:
    return f"The Maskwright daemon {what}: see {installation.places.logs / 'start.log'}."


def stop_daemon(installation: Installation, name: str, timeout: float = 10.0) -> bool:
    """Stop a running daemon and wait until it is gone, by force when it hangs; return False when there was none.

    Raises:
        ConnectionFailed: `connection.hung` when it cannot be ended, `connection.locked` when another program holds
            its lock.
    """
    try:
        client = _try(installation, name)
    except ConnectionFailed as error:
        if error.code not in (
            "connection.timeout",
            "connection.file",
            "connection.lost",
            "connection.version",
        ):
            raise
        client = None
    if client is None:
        return end_holder(installation.places)
    with client, contextlib.suppress(MaskwrightError):
        client.request(Shutdown(), timeout=timeout)
    deadline = time.monotonic() + timeout
    while is_held(installation.places) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    end_holder(installation.places)
    return True


def restart(installation: Installation, name: str, *, given_up: Callable[[], bool] = lambda: False) -> Client:
    """End the daemon, by force when it hangs, and return a connection to a fresh one.

    Raises:
        ConnectionFailed: as `stop_daemon` and `connect`.
    """
    stop_daemon(installation, name)
    return connect(installation, name, given_up=given_up)
