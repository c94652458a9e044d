# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object session shows: one immutable snapshot for each change."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple, Optional, Tuple

from maskwright_shared.geometry import Bounds, View

from .prompts import Prompts


class Phase(enum.Enum):
    """What a session is doing, in the order in which a session goes through it."""

    IDLE = "idle"
    """No picture yet."""
    CONNECTING = "connecting"
    """The backend is being found, or started."""
    SENDING = "sending"
    """The pixels are on their way."""
    ENCODING = "encoding"
    """The image encoder works; prompts are kept for when it is done."""
    READY = "ready"
    """A click is answered at once."""
    FAILED = "failed"
    """It could not go on; `message` says why, `retry` tries again."""
    CLOSED = "closed"
    """Over; nothing is called any more."""


class Preview(NamedTuple):
    """One candidate's mask as seen in a view: an alpha crop at `bounds` of the view's raster, 0 elsewhere.

    The view is in image coordinates. `score` is the model's predicted IoU, or None where it gives none.
    """

    view: View
    bounds: Bounds
    alpha: Any
    candidate: int
    score: Optional[float]
    stability: float
    area: int


class State(NamedTuple):
    """All that a user interface needs to draw a session.

    `progress` is 0 to 1 or None where it is not known. `busy` is true while a mask is being computed or applied,
    `stalled` while the daemon owes an answer and has said nothing for some seconds.
    `previews` holds every candidate of the shown answer in the model's order, `chosen` the shown one's place
    in it. `hover` shows what a click would select. `message` is a sentence for the user, "" when all is well.
    """

    phase: Phase = Phase.IDLE
    progress: Optional[float] = None
    message: str = ""
    busy: bool = False
    stalled: bool = False
    prompts: Prompts = Prompts()
    can_undo: bool = False
    previews: Tuple[Preview, ...] = ()
    chosen: int = 0
    hover: Optional[Preview] = None
    model: str = ""

    @property
    def preview(self) -> Optional[Preview]:
        """The mask that is shown and would be applied, or None."""
        return self.previews[self.chosen] if self.previews else None
