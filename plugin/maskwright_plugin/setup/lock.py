# SPDX-License-Identifier: GPL-3.0-or-later
"""One setup at a time: the dockers of two Kritas and a terminal may all be asked at once."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Iterator

from maskwright_shared.lock import KernelLock

from .problems import SetupError, explained_os

LOCK = "setup.lock"


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the setup's lock of a home, which is made if need be.

    Raises:
        SetupError: another process is setting up, or the home cannot be written.
    """
    lock = KernelLock(home / LOCK)
    try:
        home.mkdir(parents=True, exist_ok=True)
        acquired = lock.acquire()
    except OSError as error:
        raise explained_os(error, f"make the folder {home}") from error
    if not acquired:
        raise SetupError("Another setup is running: wait until it has ended.")
    try:
        yield
    finally:
        lock.release()
