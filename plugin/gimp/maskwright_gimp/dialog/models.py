# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the dialog's list of models up to date: which there are, and what each costs on this computer."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from maskwright_plugin.backend import Backend
from maskwright_plugin.model_offers import Offer, offers
from maskwright_plugin.picking.state import Phase, State
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.messages import ModelsList

Told = Callable[[List[Offer], str], None]
"""Told the models that can be used, and the id of the default one."""


class Models:
    """Asks the daemon whenever there may be news.

    That is when an image was encoded, at the first mask after that (a click has been measured then), and when the
    daemon refused an image, for which the model may be the reason.
    """

    def __init__(self, backend: Backend, told: Told) -> None:
        self._backend = backend
        self._told = told
        self._asked: Any = None

    def follow(self, state: State) -> None:
        """Look at a session's new state."""
        if state.phase not in (Phase.READY, Phase.FAILED):
            self._asked = None
            return
        now = (state.phase, bool(state.previews))
        if self._asked is not None and (self._asked == now or self._asked[1]):
            return
        self._asked = now
        if state.phase is Phase.READY or self._backend.is_connected:
            self.ask()

    def ask(self) -> None:
        """Ask now: the model manager knows of news."""
        self._backend.request(ModelsList(), self._on_models)

    def _on_models(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is None:
            self._told(offers(reply), reply.default_model)
