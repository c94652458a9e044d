# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's log: for its owner's eyes alone, and no text of a stranger can look like an entry of it."""

from __future__ import annotations

import logging
import logging.handlers
import os
from typing import TYPE_CHECKING, Any

from maskwright_shared.plain_text import plain, plain_lines

if TYPE_CHECKING:
    from pathlib import Path

FORM = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
MOST_BYTES = 1_000_000


class PlainFormatter(logging.Formatter):
    """One line for an entry; what belongs to it, as a traceback does, follows indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the entry's line, made plain."""
        return plain(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return the traceback, made plain and indented."""
        return "    " + plain_lines(super().formatException(ei)).replace("\n", "\n    ")


class PrivateFile(logging.handlers.RotatingFileHandler):
    """A log file that only its owner may read, whatever the process's mask for new files is."""

    def _open(self) -> Any:
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=_privately)


def _privately(path: str, flags: int) -> int:
    descriptor = os.open(
        path, flags | getattr(os, "O_NONBLOCK", 0), 0o600
    )  # a pipe there would hold the start up
    if os.name != "nt":
        os.fchmod(descriptor, 0o600)  # one from an older version
    return descriptor


def start_logging(folder: Path) -> None:
    """Log to a file of at most 1 MB, keeping two older ones; without a writable folder, to the error output."""
    handler: logging.Handler
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _narrow(folder)
        handler = PrivateFile(
            folder / "daemon.log", maxBytes=MOST_BYTES, backupCount=2, encoding="utf-8", errors="replace"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter(FORM))
    root = logging.getLogger("maskwright_backend")
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _narrow(folder: Path) -> None:
    """Take others' rights to the older logs away, too."""
    if os.name != "nt":
        for older in folder.glob("daemon.log.*"):
            if older.is_file() and not older.is_symlink():
                older.chmod(0o600)
