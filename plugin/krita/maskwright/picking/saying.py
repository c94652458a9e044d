# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sentence is shown: a complaint until the next deed, why there are no pixels, a word in passing, the state."""

from __future__ import annotations

import time

NOTE_SECONDS = 5.0


class Saying:
    """The sentences that do not come from the session's state."""

    def __init__(self) -> None:
        self.complaint = ""
        self._note = ""
        self._until = 0.0

    def forget(self) -> None:
        """The user has done something: what was said before it is over."""
        self.complaint = self._note = ""

    def note(self, sentence: str) -> None:
        """Say this for some seconds."""
        self._note, self._until = sentence, time.monotonic() + NOTE_SECONDS

    @property
    def passing(self) -> str:
        """The word in passing, "" once its time is over."""
        return self._note if time.monotonic() < self._until else ""

    def is_over(self) -> bool:
        """Whether a word in passing has just come to its end; it is forgotten then."""
        over = bool(self._note) and not self.passing
        if over:
            self._note = ""
        return over
