# SPDX-License-Identifier: GPL-3.0-or-later
"""How the store tells what it is doing, and is told to stop."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from maskwright_shared.messages import Progress

Tell = Callable[[Progress], None]

EVERY = 0.1
"""Seconds between two reports of the same stage."""


class Task:
    """One piece of work of the store: `check` raises when it was cancelled, `tell` reports."""

    def __init__(self, check: Callable[[], None] = lambda: None, tell: Tell = lambda _: None) -> None:
        self.check = check
        self._tell = tell
        self._told = (0.0, "")

    def stage(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        """Report a stage and the bytes done of it, at most every tenth of a second unless the stage is new.

        Raises:
            Cancelled: when the work was withdrawn.
        """
        self.check()
        now = time.monotonic()
        finished = done is not None and done == total
        if stage == self._told[1] and now - self._told[0] < EVERY and not finished:
            return
        self._told = (now, stage)
        fraction = min(1.0, done / total) if done is not None and total else None
        self._tell(
            Progress(stage, fraction, done, total if total and done is not None and total >= done else None)
        )

    @contextlib.contextmanager
    def turn(self, lock: threading.Lock) -> Iterator[None]:
        """Hold a lock, after waiting for it ready to be cancelled."""
        while not lock.acquire(timeout=0.05):
            self.check()
        try:
            yield
        finally:
            lock.release()

    def pause(self, seconds: float) -> None:
        """Wait, ready to be cancelled."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.05))
