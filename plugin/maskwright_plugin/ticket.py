# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main thread holds of a request under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional

from maskwright_shared.errors import MaskwrightError

if TYPE_CHECKING:
    from maskwright_shared.client import Client
    from maskwright_shared.messages import Progress
Done = Callable[[Any, Optional[MaskwrightError]], None]
"""Called once on the main thread with the reply message and None, or None and the error."""


class Ticket:
    """One request; the callbacks belong to the main thread, `on_reply` to the backend's."""

    def __init__(
        self,
        withdraw: Callable[[Ticket], None],
        done: Done,
        progress: Optional[Callable[[Progress], None]] = None,
    ) -> None:
        """`withdraw` is told when the request is cancelled before its answer came."""
        self._withdraw = withdraw
        self._done: Optional[Done] = done
        self.progress = progress
        self.on_reply: Optional[Callable[[Any], None]] = None
        self.is_cancelled = False

    @property
    def is_over(self) -> bool:
        """Whether it was answered or cancelled."""
        return self._done is None

    def cancel(self) -> None:
        """Withdraw the request: no callback of it is called from now on, and the daemon stops its work."""
        if self._done is not None:
            self._done = None
            self.is_cancelled = True
            self._withdraw(self)

    def finish(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        """Call `done` unless it was called, or the ticket was cancelled."""
        done, self._done = self._done, None
        if done is not None:
            done(reply, error)


class Work(NamedTuple):
    """Something for the backend's thread to do on a connection, and whose request it is, if anybody's."""

    run: Callable[[Client], None]
    ticket: Optional[Ticket]
