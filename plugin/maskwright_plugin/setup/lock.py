# SPDX-License-Identifier: GPL-3.0-or-later
"""One setup at a time: the docker of two Kritas and a terminal may all be asked at once."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Iterator

from .problems import SetupError, explained_os

LOCK = "setup.lock"


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the setup's lock of a home; the kernel frees it however the process ends.

    Raises:
        SetupError: another process is setting up, or the home cannot be written.
    """
    path = home / LOCK
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise explained_os(error, f"make the folder {home}") from error
    try:
        if not _try_lock(descriptor):
            raise SetupError("Another setup is running: wait until it has ended.")
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
