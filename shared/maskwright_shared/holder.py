# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the daemon's lock, and how that process is ended when it answers nobody.

The lock, not a process number, says that there is a daemon: the kernel frees it however a process ends. The number
is only believed while the lock is held, and only of a process that is a Maskwright daemon by its command line.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Optional, Tuple

from .connection import Connection
from .errors import ConnectionFailed
from .lock import KernelLock, noted_holder
from .places import Places

KIND_SECONDS = 4.0
"""For a daemon that was only stopped: woken up, it answers what is under way and takes its files along."""
KILL_SECONDS = 4.0
_POLL_SECONDS = 0.02
_WORD = "maskwright"


def is_held(places: Places) -> bool:
    """Whether some process holds the daemon's lock.

    Raises:
        ConnectionFailed: `connection.folder` when the lock's file is none that can be locked.
    """
    if not places.lock_file.exists():
        return False
    lock = KernelLock(places.lock_file)
    try:
        free = lock.acquire()
    except OSError as error:
        raise ConnectionFailed(
            "connection.folder",
            f"The daemon's lock {places.lock_file} cannot be used ({error.strerror}): remove it.",
        ) from error
    lock.release()
    return not free


def holder(places: Places) -> Optional[int]:
    """Return the number of the daemon's process while the lock is held; None where no daemon is known to hold it."""
    noted = [noted_holder(places.lock_file)]
    with contextlib.suppress(ConnectionFailed):
        noted.append(Connection.read(places.connection_file).pid)
    return next((pid for pid in noted if pid > 1 and pid != os.getpid() and _is_daemon(pid)), None)


def hung(places: Places) -> ConnectionFailed:
    """Return the error for a lock whose holder answers nobody."""
    pid = holder(places)
    if pid is None:
        return ConnectionFailed(
            "connection.locked",
            f"Another program holds {places.lock_file}: end it, or remove that file, then try again.",
        )
    return ConnectionFailed(
        "connection.hung",
        "The Maskwright daemon hangs: restart it (in a terminal: maskwright daemon stop).",
        f"process {pid}",
    )


def end_holder(places: Places) -> bool:
    """End the daemon that holds the lock, kindly first; return False where nobody holds it.

    It returns as soon as the kernel has freed the lock. A connection file that was left behind is removed.

    Raises:
        ConnectionFailed: `connection.locked` when the holder is no daemon, `connection.hung` when it cannot be ended.
    """
    if not is_held(places):
        return False
    pid = holder(places)
    if pid is None:
        raise hung(places)
    for number, seconds in _steps():
        if not _send(pid, number):
            break
        if _is_freed(places, seconds):
            return True
    if _is_freed(places, 0.0):
        return True
    raise ConnectionFailed(
        "connection.hung", f"The Maskwright daemon (process {pid}) cannot be ended: end it by hand."
    )


def _steps() -> Tuple[Tuple[int, float], ...]:
    if sys.platform == "win32":
        return ((signal.SIGTERM, KILL_SECONDS),)
    return ((signal.SIGTERM, KIND_SECONDS), (signal.SIGKILL, KILL_SECONDS))


def _send(pid: int, number: int) -> bool:
    """Send a signal, to a stopped process as well; return whether that was possible."""
    try:
        os.kill(pid, number)
        if sys.platform != "win32":
            os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return True  # it has just ended
    except OSError:
        return False
    return True


def _is_freed(places: Places, seconds: float) -> bool:
    """Wait for the lock and, while holding it, remove the connection file that its last holder left."""
    lock = KernelLock(places.lock_file)
    deadline = time.monotonic() + seconds
    while not lock.acquire():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    with contextlib.suppress(OSError):
        places.connection_file.unlink()
    lock.release()
    return True


def _is_daemon(pid: int) -> bool:
    """Whether the command line of a process is that of a Maskwright daemon, as far as this system tells."""
    if sys.platform.startswith("linux"):
        try:
            return _WORD.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    command, word = ["ps", "-o", "command=", "-p", str(pid)], _WORD
    if sys.platform == "win32":  # the command line is told by no tool that every Windows has
        command, word = ["tasklist", "/NH", "/FI", f"PID eq {pid}"], "python"
    try:
        told = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return word.encode() in told.stdout.lower()
