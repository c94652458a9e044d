# SPDX-License-Identifier: GPL-3.0-or-later
"""A helper process that ends with the one that started it, and before it when memory runs out."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
"""Of Linux's prctl.h."""

LOOK_SECONDS = 0.5


def tie_to(parent: int) -> None:
    """End this process when `parent` is gone, be it killed; Windows lets it finish what it was asked."""
    if os.name == "nt":
        return
    if sys.platform == "linux":
        _ask_linux()
    if os.getppid() != parent:  # it went before anything could be arranged
        os._exit(1)
    threading.Thread(target=_watch, args=(parent,), name="tether", daemon=True).start()


def _ask_linux() -> None:
    """Have the kernel kill this process with its parent, whatever it computes, and take it first for its memory."""
    import ctypes  # noqa: PLC0415 - for Linux alone

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
