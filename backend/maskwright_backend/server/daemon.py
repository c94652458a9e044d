# SPDX-License-Identifier: GPL-3.0-or-later
"""One daemon: who takes the lock serves, the others end before they have loaded anything heavy."""

from __future__ import annotations

from maskwright_shared.lock import KernelLock
from maskwright_shared.places import Places, make_private

from ..settings import Settings


def run_daemon(places: Places, settings: Settings) -> bool:
    """Serve until told to stop or idle for long; return False at once when another daemon serves already.

    Raises:
        ConnectionFailed: when the runtime folder cannot be used.
    """
    make_private(places.runtime)
    lock = KernelLock(places.lock_file)
    if not lock.acquire():
        return False
    try:
        from .service import serve  # noqa: PLC0415 - ZeroMQ, for the one that serves

        serve(places, settings)
    finally:
        lock.release()
    return True
