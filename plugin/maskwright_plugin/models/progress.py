# SPDX-License-Identifier: GPL-3.0-or-later
"""A download in words: bytes, part, time left."""

from __future__ import annotations

from collections import deque
from typing import Deque, Optional, Tuple

from .facts import Coming
from .words import STAGES, Words, size, time_left

MEMORY_SECONDS = 10.0
"""The pace is that of the last seconds, so that a line that got slow is noticed."""

LEAST_SECONDS = 1.0


class Pace:
    """How quickly bytes come; a step backwards, another stage or a resumed download, begins anew."""

    def __init__(self) -> None:
        self._seen: Deque[Tuple[float, int]] = deque()

    def note(self, done: Optional[int], now: float) -> None:
        """Take notice of so many bytes at a time in seconds."""
        if done is None or (self._seen and done < self._seen[-1][1]):
            self._seen.clear()
        if done is None:
            return
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > MEMORY_SECONDS:
            self._seen.popleft()

    def left(self, total: Optional[int]) -> Optional[float]:
        """Return the seconds left until `total`, None while there is no telling."""
        if total is None or len(self._seen) < 2:
            return None
        (first, before), (last, done) = self._seen[0], self._seen[-1]
        if last - first < LEAST_SECONDS or done <= before:
            return None
        return max(0.0, (total - done) * (last - first) / (done - before))


def progress_line(coming: Coming, left: Optional[float], words: Words) -> str:
    """Return "Downloading: 12 MB of 137 MB, 40 s left", as much of it as is known."""
    stage = words(STAGES.get(coming.stage, coming.stage))
    if coming.stage != "downloading" or coming.done is None:
        return f"{stage}…"
    if coming.total is None:
        return words("{0}: {1}", stage, size(coming.done))
    line = words("{0}: {1} of {2}", stage, size(coming.done), size(coming.total))
    return line if left is None else words("{0}, {1}", line, time_left(left, words))


def short_line(name: str, coming: Coming, words: Words) -> str:
    """Return "Tiny: 34 %" for where there is little room."""
    if coming.fraction is None or coming.stage != "downloading":
        return words("{0}: {1}", name, words(STAGES.get(coming.stage, coming.stage)))
    return words("{0}: {1} %", name, int(coming.fraction * 100))
