# SPDX-License-Identifier: GPL-3.0-or-later
"""What Krita does not tell, asked for by a timer: a moved view, other pixels, a closed view; and what takes long."""

from __future__ import annotations

import time
from typing import Any, Optional, Protocol

from ..qt import QtCore

FOLLOW_MILLISECONDS = 33
LOOK_SECONDS = 0.25
REST_SECONDS = 0.2
LONG_SECONDS = 0.5
"""A mask that takes longer is worth a word; nearly all come sooner, and the word would flicker."""


class Followed(Protocol):
    """What is told of it."""

    def view_key(self) -> Any:
        """Return something that is equal while the view shows the same; None once the view is closed."""

    def view_moved(self) -> None:
        """Another part is seen, or seen otherwise."""

    def view_rests(self) -> None:
        """It has not moved for a moment."""

    def view_closed(self) -> None:
        """Nothing more will come."""

    def is_waiting(self) -> bool:
        """Whether a mask is on its way."""

    def waits_long(self) -> None:
        """`Following.long` has changed."""

    def look(self) -> None:
        """Look whether the image is still what it was."""


class Following:
    """From its making to `stop`; `parent` is a QObject that outlives neither the view nor this."""

    def __init__(self, followed: Followed, parent: Any) -> None:
        self._followed = followed
        self._key: Any = None
        self._moved = self._looked = 0.0
        self._waiting_since: Optional[float] = None
        self.long = False
        self._timer = QtCore.QTimer(parent)
        self._timer.timeout.connect(self._tick)
        self._timer.start(FOLLOW_MILLISECONDS)

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    def _tick(self) -> None:
        key = self._followed.view_key()
        if key is None:
            self._followed.view_closed()
            return
        now = time.monotonic()
        if key != self._key:
            self._key, self._moved = key, now
            self._followed.view_moved()
        elif self._moved and now - self._moved > REST_SECONDS:
            self._moved = 0.0
            self._followed.view_rests()
        self._notice_waiting(now)
        if now - self._looked > LOOK_SECONDS:
            self._looked = now
            self._followed.look()

    def _notice_waiting(self, now: float) -> None:
        if not self._followed.is_waiting():
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now
        long = self._waiting_since is not None and now - self._waiting_since > LONG_SECONDS
        if long != self.long:
            self.long = long
            self._followed.waits_long()
