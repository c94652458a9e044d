# SPDX-License-Identifier: GPL-3.0-or-later
"""A progress bar on a terminal for what takes longer than a second; nothing at all in a pipe."""

from __future__ import annotations

import sys
import time
from typing import Self

from maskwright_shared.messages import Progress

PATIENCE = 1.0
WIDTH = 30


class ProgressBar:
    """Shows stages and fractions on the error output; use it as a context manager, it wipes itself away."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown = False
        self._quiet = not sys.stderr.isatty()
        self._stage = ("", 0.0, 0)

    def show(self, progress: Progress) -> None:
        """Draw the bar, once a second has passed since the start."""
        waited = time.monotonic() - self._started
        if self._quiet or waited < PATIENCE:
            return
        self._shown = True
        sys.stderr.write(f"\r\x1b[K{self._text(progress, waited)}")
        sys.stderr.flush()

    def _text(self, progress: Progress, waited: float) -> str:
        if progress.stage != self._stage[0]:
            self._stage = (progress.stage, time.monotonic(), progress.done or 0)
        if progress.fraction is None:
            moved = f" {_size(progress.done)}" if progress.done is not None else ""
            return f"{progress.stage}{moved} ... {waited:.0f} s"
        done = round(progress.fraction * WIDTH)
        bar = f"{progress.stage} [{'#' * done}{' ' * (WIDTH - done)}] {progress.fraction:4.0%}"
        if progress.done is None or progress.total is None:
            return bar
        return f"{bar} {_size(progress.done)} of {_size(progress.total)}{self._left(progress.done, progress.total)}"

    def _left(self, done: int, total: int) -> str:
        """Return the time left at the pace of this stage, once a second of it has shown one."""
        _, started, first = self._stage
        passed = time.monotonic() - started
        if passed < 1.0 or done <= first:
            return ""
        seconds = (total - done) * passed / (done - first)
        return f", {seconds / 60:.0f} min left" if seconds > 90 else f", {seconds:.0f} s left"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"
