# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants of one picking: said by clicks, keys, the banner and the docker, done by the session."""

from __future__ import annotations

from typing import Any, Optional, Protocol

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import Operation, Target
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import State
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.geometry import Box

from ..choices import Choices
from ..i18n import tr
from ..krita_host import KritaHost
from ..qt import Qt
from .applying import Applying
from .joining import operation_of
from .reading import Reading
from .saying import Saying


class Wished(Protocol):
    """The picking itself."""

    @property
    def state(self) -> State:
        """What is shown of the session."""

    @property
    def reading(self) -> Reading:
        """The picture that it is about."""

    @property
    def saying(self) -> Saying:
        """What is said beside the state."""

    @property
    def choices(self) -> Choices:
        """The docker's choices."""

    def read(self) -> None:
        """Read the pixels anew."""

    def in_front(self) -> bool:
        """Whether its view is the one in front."""

    def complain(self, sentence: str) -> None:
        """Say why something was not done."""

    def show(self) -> None:
        """Show what there is now."""

    def close(self) -> None:
        """End."""


class Wishes:
    """Implements Intents, and what the docker's buttons want beside. `backend` is the one that the session uses."""

    def __init__(
        self, picking: Wished, session: ObjectSession, applying: Applying, host: KritaHost, backend: Backend
    ) -> None:
        self._picking = picking
        self._session = session
        self._applying = applying
        self._host = host
        self._backend = backend
        self._override: Optional[Operation] = None

    @property
    def operation(self) -> Operation:
        """How the mask will join the selection: the docker's choice, or that of the first click's keys."""
        return self._override or self._picking.choices.operation

    def in_front(self) -> bool:
        """Whether its view is the one in front."""
        return self._picking.in_front()

    def click(self, x: float, y: float, *, foreground: bool, modifiers: Any) -> None:
        """Add a point; keys held with the first one choose the selection operation, as in Krita's tools."""
        if not self._takes_prompts():
            return
        if not self._picking.reading.sees(x, y):
            self._picking.complain(
                tr("The layer ends before this place: click on it, or use all visible layers.")
            )
            return
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if self._picking.state.prompts.is_empty and foreground:
            self._override = self._operation_of(modifiers)
            alt = alt and self._override is None
        self._session.add_point(x, y, foreground=foreground and not alt)

    def box(self, box: Box, *, modifiers: Any) -> None:
        """Set the box."""
        if self._takes_prompts():
            if self._picking.state.prompts.is_empty:
                self._override = self._operation_of(modifiers)
            self._session.set_box(box)

    def miss(self) -> None:
        """Say that there is nothing to click on outside of the image."""
        if not self._applying.busy:
            self._picking.complain(tr("The image ends before this place: click inside it."))

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """Show what a click there would select."""
        if x is None or y is None or not self._picking.reading.sees(x, y):
            self._session.hover(None)
        elif self._picking.choices.hover and not self._picking.reading.reason:
            self._session.hover(x, y)

    def undo(self) -> None:
        """Take the last prompt back."""
        self._applying.withdraw()
        self._picking.saying.forget()
        self._session.undo()
        if self._picking.state.prompts.is_empty:
            self._override = None
        self._picking.show()

    def redo(self) -> None:
        """Make the last prompt that was taken back again."""
        self._picking.saying.forget()
        self._session.redo()
        self._picking.show()

    def next_candidate(self, step: int) -> None:
        """Show the next candidate."""
        self._session.next_candidate(step)

    def apply(self, modifiers: Any = None) -> None:
        """Make the mask at full size and write it; a mask that is still on its way is waited for."""
        if not self._takes_prompts():
            return
        if self._picking.state.prompts.is_empty:
            self._picking.complain(tr("There is no mask yet: click the object first."))
            return
        self._override = self._operation_of(modifiers) or self._override
        self._applying.want()

    def cancel(self) -> None:
        """End without a trace; a write that has begun is finished first."""
        if not self._applying.writing:
            self._picking.close()

    def retry(self) -> None:
        """Try again after a failure."""
        self._picking.saying.forget()
        if self._picking.reading.bounds is None:
            self._picking.read()
        else:
            self._session.retry()
        self._picking.show()

    def restart(self) -> None:
        """End a backend that hangs and start it again; the clicks are kept."""
        self._picking.saying.forget()
        self._backend.restart(self._on_restarted)

    def refine(self) -> None:
        """Make the selection that is there the prompt."""
        mask = self._host.read_selection()
        if mask is None:
            self._picking.complain(tr("Nothing is selected: make a selection first."))
            return
        self._picking.saying.forget()
        self._session.set_mask(mask)

    def let_go(self) -> None:
        """Drop what is Krita's; nothing is wanted any more."""
        del self._host

    # Inside.

    def _takes_prompts(self) -> bool:
        """Whether a deed of the user is possible now; where there are no pixels for it, the reason stays."""
        if self._applying.busy:
            return False
        self._picking.saying.forget()
        if self._picking.reading.reason and self._picking.reading.is_another():
            self._picking.read()
        self._picking.show()
        return not self._picking.reading.reason

    def _operation_of(self, modifiers: Any) -> Optional[Operation]:
        if self._picking.choices.target is not Target.SELECTION:
            return None
        return operation_of(modifiers, lambda: self._host.read_selection() is not None)

    def _on_restarted(self, _: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None:
            self._picking.complain(tr(error.message))
