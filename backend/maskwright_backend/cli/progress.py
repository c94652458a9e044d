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

    def show(self, progress: Progress) -> None:
        """Draw the bar, once a second has passed since the start."""
        waited = time.monotonic() - self._started
        if self._quiet or waited < PATIENCE:
            return
        self._shown = True
        if progress.fraction is None:
            text = f"{progress.stage} ... {waited:.0f} s"
        else:
            done = round(progress.fraction * WIDTH)
            text = f"{progress.stage} [{'#' * done}{' ' * (WIDTH - done)}] {progress.fraction:4.0%}"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
