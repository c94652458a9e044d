# SPDX-License-Identifier: GPL-3.0-or-later
"""What a click would select where the pointer is: the newest position wins, one decode is in flight."""

from __future__ import annotations

from typing import Any, Callable, Optional

from maskwright_shared.errors import Cancelled, MaskwrightError
from maskwright_shared.geometry import Point

from ..backend import Backend
from .errand import Errand, cancelled
from .question import Question

Answered = Callable[[Question, Any, Optional[MaskwrightError]], None]


class Hovering:
    """Asks about one place at a time.

    `question()` gives the prompts to which the click would be added, or None while there is nobody to answer or
    something more important is asked. `answered(question, reply, error)` gets what came.
    """

    def __init__(
        self, backend: Backend, question: Callable[[], Optional[Question]], answered: Answered
    ) -> None:
        self._backend = backend
        self._question = question
        self._answered = answered
        self._wanted: Optional[Point] = None
        self._errand: Optional[Errand] = None

    @property
    def is_pending(self) -> bool:
        """Whether a place waits, or is asked about."""
        return self._wanted is not None or self._errand is not None

    def want(self, point: Point) -> None:
        """Ask about this place as soon as that can be."""
        self._wanted = point
        self.go_on()

    def end(self) -> None:
        """Ask no more; an answer that is on its way would show a mask under no pointer."""
        self._wanted = None
        self.withdraw()

    def withdraw(self) -> None:
        """Drop what is asked now; a place that waits stays wanted."""
        cancelled(self._errand)
        self._errand = None

    def go_on(self) -> None:
        """Ask about the wanted place, if there is one and nothing is asked yet."""
        if self._wanted is None or self._errand is not None:
            return
        question = self._question()
        if question is None:
            return

        def answered(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._on_answer(question, reply, error)

        point, self._wanted = self._wanted, None
        self._errand = Errand(self._backend, question, question.hover(point), answered)

    def _on_answer(self, question: Question, reply: Any, error: Optional[MaskwrightError]) -> None:
        if isinstance(error, Cancelled):
            return
        self._errand = None
        self._answered(question, reply, error)
        self.go_on()
