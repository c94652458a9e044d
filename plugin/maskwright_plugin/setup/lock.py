# SPDX-License-Identifier: GPL-3.0-or-later
"""One setup at a time: the dockers of two Kritas and a terminal may all be asked at once."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Iterator

from maskwright_shared.lock import KernelLock

from .problems import explained_os
from .task import Task

LOCK = "setup.lock"
_PAUSE = 0.1


@contextlib.contextmanager
def only_one(home: Path, task: Task) -> Iterator[Task]:
    """Wait for the setup's lock of a home, which is made if need be, and hold it.

    Yields the task to go on with: the programs that it runs hold the lock too. So when a setup is killed while
    pip is at work, the next one waits for that pip, and does not pull the environment from under it.

    Raises:
        SetupError: the home cannot be written.
        SetupCancelled: the user did not want to wait.
    """
    lock = KernelLock(home / LOCK)
    try:
        home.mkdir(parents=True, exist_ok=True)
        while not lock.acquire():
            task.say("Waiting for another setup")
            time.sleep(_PAUSE)
    except OSError as error:
        raise explained_os(error, f"make the folder {home}") from error
    try:
        yield task.holding(lock.fileno())
    finally:
        lock.release()
