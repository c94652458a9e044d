# SPDX-License-Identifier: GPL-3.0-or-later
"""How the C library hands out large blocks of memory."""

from __future__ import annotations

import sys

_MMAP_THRESHOLD = -3
"""`M_MMAP_THRESHOLD` of glibc's malloc.h."""
LARGE = 4_000_000


def map_large_blocks() -> None:
    """Have glibc give every large block pages of its own, which go back to the system when it is freed.

    Left alone it raises its limit to 32 MB as such blocks are freed; then the image embeddings, which come and go
    among smaller blocks, leave holes: a quarter more memory after some hundred images. Other libraries do without.
    """
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - a daemon without work does not need it

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Have glibc return the free pages between blocks in use to the system; other libraries do so by themselves."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - as above

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
