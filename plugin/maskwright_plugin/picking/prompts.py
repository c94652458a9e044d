# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's prompts as an immutable value with a history, so that taking one back is exact."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from maskwright_shared.geometry import Box, Point

from ..host import Mask


class Prompts(NamedTuple):
    """Points, a box and a mask, in image coordinates, in any mix."""

    points: Tuple[Point, ...] = ()
    box: Optional[Box] = None
    mask: Optional[Mask] = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to segment by."""
        return not self.points and self.box is None and self.mask is None


class Step(NamedTuple):
    """Prompts, and the candidate that was shown for them at last (None before the first answer)."""

    prompts: Prompts
    candidate: Optional[int] = None


class History:
    """The prompts now, and what they were before each change."""

    def __init__(self) -> None:
        self._past: List[Step] = []
        self._future: List[Step] = []
        self._now = Step(Prompts())

    @property
    def now(self) -> Prompts:
        """The present prompts."""
        return self._now.prompts

    @property
    def candidate(self) -> Optional[int]:
        """The candidate shown for the present prompts; None until they are answered for the first time."""
        return self._now.candidate

    @property
    def previous(self) -> Optional[int]:
        """The candidate shown before the last change, on which the present prompts build."""
        return self._past[-1].candidate if self._past else None

    def show(self, candidate: int) -> None:
        """Note which candidate is shown for the present prompts."""
        self._now = self._now._replace(candidate=candidate)

    def change(self, prompts: Prompts) -> None:
        """Make `prompts` the present; what was undone can no longer be redone."""
        self._past.append(self._now)
        self._future.clear()
        self._now = Step(prompts)

    def forget_candidates(self) -> None:
        """Forget which candidates were shown: another model has others."""
        self._past = [Step(step.prompts) for step in self._past]
        self._future = [Step(step.prompts) for step in self._future]
        self._now = Step(self._now.prompts)

    def undo(self) -> bool:
        """Take the last change back; return False where there is none."""
        if not self._past:
            return False
        self._future.append(self._now)
        self._now = self._past.pop()
        return True

    def redo(self) -> bool:
        """Make the last change that was taken back again; return False where there is none."""
        if not self._future:
            return False
        self._past.append(self._now)
        self._now = self._future.pop()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)
