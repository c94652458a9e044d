# SPDX-License-Identifier: GPL-3.0-or-later
"""A setup in progress: how far it is, whether it shall stop, and the log of what its programs print."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, NamedTuple, Optional, Tuple

from .problems import SetupCancelled


class Progress(NamedTuple):
    """How far the setup is: a share from 0 to 1, and what it is doing as a short phrase."""

    fraction: float
    text: str


Report = Callable[[Progress], None]
Cancelled = Callable[[], bool]


def silent(_progress: Progress) -> None:
    """Report nothing."""


def never() -> bool:
    """Do not cancel."""
    return False


class Task:
    """The setup, or a part of it: `say` and `check` are to be called often, from the setup's own thread.

    `report` and `cancelled` are called on that thread.
    """

    def __init__(
        self,
        report: Report = silent,
        cancelled: Cancelled = never,
        log: Optional[Path] = None,
        span: range = range(100),
        held: Tuple[int, ...] = (),
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._log = log
        self._span = span
        self.held = held

    def part(self, start: int, stop: int) -> Task:
        """Return the task whose 0 to 1 is from `start` to `stop` percent of the whole."""
        return Task(self._report, self._cancelled, self._log, range(start, stop), self.held)

    def holding(self, descriptor: int) -> Task:
        """Return this task with an open file that the programs it runs are to keep open as well."""
        return Task(self._report, self._cancelled, self._log, self._span, (*self.held, descriptor))

    def say(self, text: str, fraction: float = 0.0) -> None:
        """Report `text`, and how much of this part is done.

        Raises:
            SetupCancelled: the user wants it to stop.
        """
        self.check()
        inside = min(max(fraction, 0.0), 1.0)
        self._report(Progress((self._span.start + inside * len(self._span)) / 100, text))

    def check(self) -> None:
        """Stop here if the user wants it.

        Raises:
            SetupCancelled: the user wants it.
        """
        if self._cancelled():
            raise SetupCancelled

    def log(self, line: str) -> None:
        """Add a line to the log; a log that cannot be written stops nothing."""
        if self._log is None:
            return
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("a", encoding="utf-8") as file:
                file.write(line.rstrip("\n") + "\n")
        except OSError:
            self._log = None
