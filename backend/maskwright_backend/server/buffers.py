# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory for pixels, used again and again.

Writing to fresh memory costs several times the copy itself, because the kernel hands out each page at its first
touch; a buffer that was used before has its pages. Fresh ones ask for huge pages where the kernel has them.
"""

from __future__ import annotations

import mmap

_GRAIN = 1 << 21


class BufferPool:
    """Lends writable buffers and takes them back; holds at most `most` bytes of free ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._free: list[mmap.mmap] = []

    def lend(self, size: int) -> mmap.mmap:
        """Return a buffer of at least `size` bytes: the smallest free one that fits without waste, or a new one."""
        fitting = [buffer for buffer in self._free if size <= len(buffer) <= 2 * size + _GRAIN]
        if fitting:
            buffer = min(fitting, key=len)
            self._free.remove(buffer)
            return buffer
        buffer = mmap.mmap(-1, -(-size // _GRAIN) * _GRAIN)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            buffer.madvise(mmap.MADV_HUGEPAGE)
        return buffer

    def give_back(self, buffer: mmap.mmap) -> None:
        """Take a buffer that nobody looks at any more; the oldest free ones make room for it."""
        self._free.append(buffer)
        while self.free_bytes > self._most:
            self._free.pop(0)

    @property
    def free_bytes(self) -> int:
        """The bytes of the buffers that wait for use."""
        return sum(len(buffer) for buffer in self._free)

    def clear(self) -> None:
        """Let the system have the memory of the free ones."""
        self._free.clear()
