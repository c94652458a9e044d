# SPDX-License-Identifier: GPL-3.0-or-later
"""Who corrects one object again and again with the built-in model is told once that there are others."""

from __future__ import annotations

from ..picking.prompts import Prompts
from .kept import Kept

BUILTIN = "maskwright-builtin"
CORRECTIONS = 4


class Hint:
    """For one editor: given once in its life, and after an answer never again in any editor."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._was_given = False
        self._before = Prompts()
        self._corrections = 0
        self.is_shown = False
        """Whether it is to be seen now."""

    def follow(self, prompts: Prompts, model: str) -> None:
        """Look at a picking's prompts and the id of its model; the fourth correction gives the hint."""
        if prompts != self._before:
            self._count(prompts)
            self._before = prompts
        if prompts.is_empty or model != BUILTIN:
            self.is_shown = False
        elif self._corrections >= CORRECTIONS and not self._was_given and not self._kept.hint_is_answered:
            self._was_given = self.is_shown = True

    def answer(self) -> None:
        """Note that the user said *No thanks*, or opened the window."""
        self.is_shown = False
        self._kept.answer_hint()

    def _count(self, prompts: Prompts) -> None:
        """Each prompt after an object's first is a correction; taking one back is none."""
        if prompts.is_empty:
            self._corrections = 0
        elif not self._before.is_empty and _weight(prompts) >= _weight(self._before):
            self._corrections += 1


def _weight(prompts: Prompts) -> int:
    return len(prompts.points) + (prompts.box is not None) + (prompts.mask is not None)
