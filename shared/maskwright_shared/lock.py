# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel lock on a file: it makes a daemon the only one of its runtime folder, and a setup of its home.

The lock belongs to the open file, so the kernel frees it however the process ends. The file must never be removed
while others may want it: who locks a removed file does not keep out who locks the new one.

The holder leaves its process number in the file, behind the first byte, which is the one that Windows locks.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Optional

_NOTE_BYTES = 32


class KernelLock:
    """Held from `acquire` to `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: Optional[int] = None

    def acquire(self) -> bool:
        """Take the lock; return False at once when another process has it.

        Raises:
            OSError: the file cannot be made.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        _leave_note(descriptor)
        return True

    def fileno(self) -> int:
        """Return the open file, so that another process can be made to hold the lock as well; -1 without it."""
        return -1 if self._descriptor is None else self._descriptor

    def release(self) -> None:
        """Let the next one have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def noted_holder(path: Path) -> int:
    """Return the number of the process that took the lock last; 0 where that is unknown."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return 0
    try:
        os.lseek(descriptor, 1, os.SEEK_SET)
        return int(os.read(descriptor, _NOTE_BYTES))
    except (OSError, ValueError):
        return 0
    finally:
        os.close(descriptor)


def _leave_note(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a full disk takes no note; the lock is held all the same
        os.lseek(descriptor, 1, os.SEEK_SET)
        os.write(descriptor, b"%-*d\n" % (_NOTE_BYTES - 1, os.getpid()))


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
