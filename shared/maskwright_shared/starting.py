# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting a daemon as a process of its own, which outlives the one that starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Dict, List

from .errors import ConnectionFailed
from .installation import Installation
from .readiness import make_ready, trouble
from .surroundings import clean_environment

LOG_BYTES = 64 * 1024
started: List[subprocess.Popen[bytes]] = []
"""The daemons that this process started: looked at again later, so that an ended one does not stay a zombie."""


def start_daemon(installation: Installation) -> subprocess.Popen[bytes]:
    """Start a daemon that outlives this process; one that finds another already running ends with status 0.

    Raises:
        ConnectionFailed: `connection.start` when there is no backend to start, or no folder to work in.
    """
    if not installation.complete:
        raise ConnectionFailed(
            "connection.start",
            "The Maskwright backend is not set up: run install.py, or press Set up in Krita's or GIMP's Maskwright.",
        )
    make_ready(installation.places)
    try:
        return _spawn(installation)
    except OSError as error:
        raise ConnectionFailed(
            "connection.start",
            f"The Maskwright backend cannot be started ({error.strerror}): set it up again.",
        ) from error


def _spawn(installation: Installation) -> subprocess.Popen[bytes]:
    places = installation.places
    command = [str(installation.python), "-I", "-m", "maskwright_backend", "daemon", "run"]
    options: Dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    with _start_log(places.logs / "start.log") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=str(places.runtime),
            env={
                **clean_environment(),
                "MASKWRIGHT_HOME": str(places.home),
                "MASKWRIGHT_RUNTIME": str(places.runtime),
            },
            **options,
        )
    started[:] = [other for other in started if other.poll() is None] + [process]
    return process


def _start_log(path: Path) -> IO[bytes]:
    """Open the file for what a daemon says before it can log; several may start at once, so none empties it early."""
    try:
        full = path.exists() and path.stat().st_size > LOG_BYTES
        return path.open("wb" if full else "ab")
    except OSError as error:
        raise trouble(path, error) from error
