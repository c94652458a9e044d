# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the folders of an installation let a daemon come up: each trouble is a sentence of its own, at once.

A daemon that cannot write where it is found, or where it logs, would end without a word that anybody reads.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from .errors import ConnectionFailed
from .places import Places, make_private

ROOM_BYTES = 4096
"""More than the connection file and the first lines of a log need."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def make_ready(places: Places) -> None:
    """Make the folders of the daemon's files, and see that they can be written.

    Raises:
        ConnectionFailed: `connection.folder`, with what keeps a daemon from coming up and what to do.
    """
    make_private(places.runtime)
    for path in (places.connection_file, places.lock_file):
        _check_file(path)
    for folder in (places.runtime, places.logs):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _try_room(folder)
        except OSError as error:
            raise trouble(folder, error) from error


def trouble(path: Path, error: OSError) -> ConnectionFailed:
    """Return the sentence for what the system says about a folder or file that has to be written."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        sentence = f"The disk is full: {path} cannot be written. Free some room, then try again."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        sentence = (
            f"{path} cannot be written ({reason}): make it yours, or set MASKWRIGHT_HOME to a folder that is."
        )
    else:
        sentence = (
            f"{path} cannot be used ({reason}): mend that, or set MASKWRIGHT_HOME to a folder that can be."
        )
    return ConnectionFailed("connection.folder", sentence, repr(error))


def kind_of(path: Path) -> str:
    """Return what is in the place of a file ("a pipe"); nothing for a file, or where there is nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "")


def _check_file(path: Path) -> None:
    kind = kind_of(path)
    if kind:
        raise ConnectionFailed(
            "connection.folder",
            f"{path} is {kind}, where the daemon keeps a file: remove it, then try again.",
        )


def _try_room(folder: Path) -> None:
    path = folder / f".room.{os.getpid()}"
    try:
        with path.open("wb") as file:
            file.write(bytes(ROOM_BYTES))
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
