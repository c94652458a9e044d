# SPDX-License-Identifier: GPL-3.0-or-later
"""A request for masks on its way, with the mask prompt that has to travel before it."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.messages import MaskPrompt

from ..backend import Backend
from ..ticket import Done, Ticket
from .question import Question


class Errand:
    """Sends `request`, a Segment or Apply made from `question`; `done` gets its answer, or what went wrong.

    A mask among the prompts goes first, as a GRAY image of its own; the very same one does not travel twice.
    """

    def __init__(self, backend: Backend, question: Question, request: Any, done: Done) -> None:
        self._backend = backend
        self._question = question
        self._request = request
        self._done = done
        self._ticket: Optional[Ticket] = None
        mask = question.prompts.mask
        self.carries_mask = mask is not None
        """Whether the mask is still on its way, so that the request itself was not sent yet."""
        if mask is None:
            self._ticket = backend.request(request, done)
            return
        size = (mask.bounds.width, mask.bounds.height)
        putting = backend.put_image(*size, "GRAY", mask.alpha, self._on_put, keep=True)
        self._ticket = self._ticket or putting

    def cancel(self) -> None:
        """Withdraw whichever is under way; `done` is not called any more."""
        if self._ticket is not None:
            self._ticket.cancel()

    def _on_put(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        self.carries_mask = False
        if error is not None:
            self._done(None, error)
            return
        mask = MaskPrompt(reply.image, *self._question.mask_corner)
        self._ticket = self._backend.request(dataclasses.replace(self._request, mask=mask), self._done)


def cancelled(errand: Optional[Errand]) -> None:
    """Cancel an errand, if there is one; what is left of it is nothing."""
    if errand is not None:
        errand.cancel()
