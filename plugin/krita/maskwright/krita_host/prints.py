# SPDX-License-Identifier: GPL-3.0-or-later
"""What pixels were when they were read, as a checksum for each stripe of rows, to see later whether they still are.

Krita tells a plugin of no change of pixels. A stripe costs about a millisecond, so a look now and then can go through
a large picture little by little, and all of it is looked at where it counts: before a mask is written.
"""

from __future__ import annotations

import time
import zlib
from typing import Callable, List, Optional

from maskwright_shared.geometry import Bounds

STRIPE_PIXELS = 250_000


class Prints:
    """Of the native pixels `data` at `bounds`; `read` gives those of a part of them again."""

    def __init__(self, bounds: Bounds, data: bytes, read: Callable[[Bounds], bytes]) -> None:
        self._read = read
        self._parts = _stripes(bounds)
        self._next = 0
        row = len(data) // bounds.height
        view = memoryview(data)
        tops = [(part.y - bounds.y) * row for part in self._parts]
        self._prints = [
            zlib.crc32(view[top : top + part.height * row]) for top, part in zip(tops, self._parts)
        ]

    def still_hold(self, seconds: Optional[float] = None) -> bool:
        """Compare all, or as many stripes as the time allows (at least one, going on where it was left)."""
        deadline = None if seconds is None else time.monotonic() + seconds
        for _ in self._parts:
            at, self._next = self._next, (self._next + 1) % len(self._parts)
            if zlib.crc32(self._read(self._parts[at])) != self._prints[at]:
                return False
            if deadline is not None and time.monotonic() > deadline:
                break
        return True


def _stripes(bounds: Bounds) -> List[Bounds]:
    rows = max(1, STRIPE_PIXELS // bounds.width)
    return [
        Bounds(bounds.x, top, bounds.width, min(rows, bounds.bottom - top))
        for top in range(bounds.y, bounds.bottom, rows)
    ]
