# SPDX-License-Identifier: GPL-3.0-or-later
"""A setup's progress in a terminal: one line that is drawn over; in a pipe, a line for each tenth of the way."""

from __future__ import annotations

import shutil
import sys

from .task import Progress

_BAR = 20


class Console:
    """Use it as a context manager: at the end the terminal is as if nothing had been drawn."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._told = Progress(0.0, "")

    def show(self, progress: Progress) -> None:
        """Show where the setup is."""
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            bar = ("#" * round(progress.fraction * _BAR)).ljust(_BAR)
            sys.stderr.write(f"\r\x1b[K{f'[{bar}] {progress.text}'[:width]}")
            sys.stderr.flush()
        elif self._told.fraction + 0.1 <= progress.fraction < 1 and self._told.text != progress.text:
            self._told = progress
            sys.stderr.write(f"{progress.text} ...\n")
            sys.stderr.flush()

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
