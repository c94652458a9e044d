# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that the docker offers, asked of the daemon whenever it has just shown that it lives."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from maskwright_plugin.backend import Backend
from maskwright_plugin.model_offers import Offer, offers
from maskwright_plugin.picking.opening import LOST
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.messages import ModelsList


class ModelList:
    """What the last answer said; `changed` is called when another one says something else."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.offers: List[Offer] = []
        """Empty before the first answer."""

    def ask(self, backend: Backend, then: Callable[[], None] = lambda: None, *, again: bool = True) -> None:
        """Ask again, and call `then` after the answer; it returns at once. Where there is none, the list stays.

        `again`: where the connection turns out to be lost, another one is asked.
        """

        def answered(reply: Any, error: Optional[MaskwrightError]) -> None:
            if again and error is not None and error.code in LOST:
                self.ask(backend, then, again=False)
                return
            self._on_models(reply, error)
            then()

        backend.request(ModelsList(), answered)

    def lacks(self, model: str) -> bool:
        """Whether it is known that there is no such model (any more)."""
        return bool(model and self.offers) and all(offer.id != model for offer in self.offers)

    def _on_models(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        found = offers(reply) if error is None else self.offers
        if found != self.offers:
            self.offers = found
            self._changed()
