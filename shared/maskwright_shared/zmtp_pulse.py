# SPDX-License-Identifier: GPL-3.0-or-later
"""When to ask a silent peer for a sign of life, and when to give it up. Times are in seconds."""

from __future__ import annotations

from typing import Optional

STEP = 1 << 16
"""A peer that gives or takes less than this many bytes within a time-out is as good as silent."""


class Pulse:
    """The life of a connection, told by its owner, with the time `now` of one steady clock.

    A whole command or message, or `STEP` bytes of one, is a sign of life; a dribble of single bytes is not.
    """

    def __init__(self, heartbeat: float, silence: float, now: float) -> None:
        self._heartbeat, self._silence = heartbeat, silence
        self._bytes = 0
        self._asked: Optional[float] = None
        self._heard = now

    def heard(self, count: int, now: float, *, whole: bool) -> None:
        """Take note of `count` bytes from the peer, and whether they made an event `whole`."""
        self._bytes += count
        if whole or self._bytes >= STEP:
            self._bytes, self._asked, self._heard = 0, None, now

    def wants_ping(self, now: float) -> bool:
        """Return whether the peer was silent long enough to ask it, and was not asked since."""
        return self._asked is None and now >= self._heard + self._heartbeat

    def asked(self, now: float) -> None:
        """Take note that a PING went out."""
        self._asked = now

    def left(self, now: float) -> float:
        """Return the seconds until the next PING is due or, after one, until the peer counts as dead."""
        if self._asked is None:
            return self._heard + self._heartbeat - now
        return self._asked + self._silence - now
