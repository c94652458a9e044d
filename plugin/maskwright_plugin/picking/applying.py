# SPDX-License-Identifier: GPL-3.0-or-later
"""The shown mask on its way to the editor, at full size."""

from __future__ import annotations

from typing import Any, Callable, Optional

from maskwright_shared.errors import MaskwrightError

from ..host import Mask
from ..ticket import Done
from .errand import Errand, cancelled

Applied = Callable[[Optional[Mask], Optional[MaskwrightError]], None]


class Applying:
    """At most one mask at a time; a daemon that is lost in between is asked again when it is back.

    `send(done)` starts the errand. `answered(reply, error)` gets what came; it decides what becomes of it.
    """

    def __init__(self, send: Callable[[Done], Errand], answered: Done) -> None:
        self._send = send
        self._answered = answered
        self._applied: Optional[Applied] = None
        self._errand: Optional[Errand] = None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for a mask."""
        return self._applied is not None

    @property
    def is_under_way(self) -> bool:
        """Whether the daemon is making it."""
        return self._errand is not None

    def begin(self, applied: Applied, *, at_once: bool) -> None:
        """Have the mask made for `applied`, at once or by the next `go_on`: a daemon may be on its way back."""
        self._applied = applied
        if at_once:
            self.go_on()

    def go_on(self) -> None:
        """Ask for the mask that is waited for, if any; what was asked before is lost."""
        if self._applied is not None:
            self._errand = self._send(self._on_answer)

    def withdraw(self) -> None:
        """Drop what is asked now; who waits goes on waiting."""
        cancelled(self._errand)
        self._errand = None

    def take(self) -> Optional[Applied]:
        """Return who waits, if anybody does; from now on nobody does."""
        applied, self._applied = self._applied, None
        return applied

    def forget(self) -> None:
        """Answer nobody any more."""
        self._applied = None
        self.withdraw()

    def _on_answer(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        self._errand = None
        self._answered(reply, error)
