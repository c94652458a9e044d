# SPDX-License-Identifier: GPL-3.0-or-later
"""From Enter to the written mask: it is waited for, made at full size, checked, and handed to Krita."""

from __future__ import annotations

from typing import Optional, Protocol

from maskwright_plugin.host import HostError, Mask, Operation, Target
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import Phase, State
from maskwright_shared.errors import MaskwrightError

from ..i18n import tr
from ..krita_host import KritaHost


class Applicant(Protocol):
    """The picking whose mask is applied."""

    @property
    def operation(self) -> Operation:
        """How the mask joins the selection."""

    @property
    def target(self) -> Target:
        """What it becomes."""

    def is_outdated(self) -> bool:
        """Whether the pixels have changed; if so they are read again, and that is said."""

    def complain(self, sentence: str) -> None:
        """Say why nothing was applied."""

    def show(self) -> None:
        """Show how far it is."""

    def close(self) -> None:
        """It is done."""


class Applying:
    """One wish to apply at a time; nothing in the image changes before the mask is at hand and right."""

    def __init__(self, applicant: Applicant, session: ObjectSession, host: KritaHost) -> None:
        self._applicant = applicant
        self._session = session
        self._host = host
        self._asked = False
        self.wanted = False
        self.writing = False
        self.over = False
        """Nothing is told any more."""

    @property
    def busy(self) -> bool:
        """Whether it is under way."""
        return self.wanted or self.writing

    def want(self) -> None:
        """Begin, unless it is clear by now that it would fail."""
        if self._applicant.is_outdated():
            return
        try:
            self._host.check_writable(self._applicant.target)
        except HostError as error:
            self._applicant.complain(tr(str(error)))
            return
        self.wanted = True
        self._applicant.show()

    def withdraw(self) -> None:
        """Want it no more, where the mask is not yet asked for."""
        self.wanted = False

    def go_on(self, state: State) -> bool:
        """Take the next step that the session's state allows; return False where it failed, as the state says."""
        if not self.wanted or self._asked:
            return True
        if state.phase is Phase.FAILED or (state.message and not state.busy):
            self.wanted = False
            return False
        if state.preview is not None and state.phase is Phase.READY and not state.busy:
            self._asked = True
            self._session.apply(self._on_mask)
        return True

    def let_go(self) -> None:
        """Drop what is Krita's; what is being written is written."""
        del self._host

    def _on_mask(self, mask: Optional[Mask], error: Optional[MaskwrightError]) -> None:
        self.wanted = self._asked = False
        if mask is None:
            self._applicant.complain(tr(error.message) if error is not None else "")
        elif not self._applicant.is_outdated():
            self._write(mask)

    def _write(self, mask: Mask) -> None:
        target, operation = self._applicant.target, self._applicant.operation
        if mask.bounds.is_empty or not any(mask.alpha):
            self._applicant.complain(tr("The mask is empty: click inside the object."))
        elif target is Target.SELECTION and self._host.leaves_nothing(mask, operation):
            self._applicant.complain(tr("Nothing would stay selected: choose another way of joining."))
        else:
            self.writing = True
            self._applicant.show()
            self._host.write_mask(mask, target, operation, self._on_written)

    def _on_written(self, error: Optional[HostError]) -> None:
        self.writing = False
        if self.over:
            return
        if error is not None:
            self._applicant.complain(tr(str(error)))
        else:
            self._applicant.close()
