# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's life: socket, connection file, loop, and all of it undone at the end."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path

from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.places import Places
from maskwright_shared.version import VERSION

from ..engine.holder import EngineHolder
from ..settings import Settings
from ..store.quarantine import Quarantine
from .logfile import start_logging
from .loop import Loop
from .requests import Reception

log = logging.getLogger(__name__)

TIDY_SECONDS = 5.0
DRAIN_SECONDS = 2.0
"""For work to notice that it was cancelled, so that every request is answered."""


def serve(places: Places, settings: Settings) -> None:
    """Serve until told to stop or idle for long; the caller holds the lock."""
    start_logging(places.logs)
    connection = Connection.fresh()
    loop = Loop(connection.token)
    connection = connection._replace(port=loop.port)
    quarantine = Quarantine(places.home, places.runtime)
    quarantine.begin()
    reception = Reception(loop, connection, settings, EngineHolder(settings, places.models, quarantine))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    connection.write(places.connection_file)
    log.info("Maskwright %s serves on port %d.", VERSION, loop.port)
    _schedule(loop, reception, settings)
    try:
        loop.run(reception.received, reception.departed)
    finally:
        _withdraw(places.connection_file, connection)
        reception.stop()
        loop.drain(reception.is_done, DRAIN_SECONDS)
        loop.close()
        quarantine.end()
        log.info("The daemon has stopped.")


def _schedule(loop: Loop, reception: Reception, settings: Settings) -> None:
    def tidy() -> None:
        reception.tidy()
        if reception.is_idle and time.monotonic() - reception.last_used > settings.idle:
            log.info("Nobody needed the daemon for %.0f seconds.", settings.idle)
            loop.stop()
        else:
            loop.after(min(TIDY_SECONDS, settings.idle), tidy)

    loop.after(min(TIDY_SECONDS, settings.idle), tidy)


def _withdraw(path: Path, connection: Connection) -> None:
    """Remove the connection file, unless it is no longer this daemon's."""
    try:
        if Connection.read(path).token == connection.token:
            path.unlink()
    except (ConnectionFailed, OSError) as error:
        log.info("The connection file was gone already: %s", error)
