# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's prompts as an immutable value with a history, so that taking one back is exact."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from maskwright_shared.geometry import Box, Point

from .host import Mask


class Prompts(NamedTuple):
    """Points, a box and a mask, in image coordinates, in any mix."""

    points: Tuple[Point, ...] = ()
    box: Optional[Box] = None
    mask: Optional[Mask] = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to segment by."""
        return not self.points and self.box is None and self.mask is None

    def extends(self, other: Prompts) -> bool:
        """Return whether this is `other` with more points and nothing else changed."""
        same = self.box == other.box and self.mask is other.mask
        return (
            same
            and len(self.points) >= len(other.points)
            and self.points[: len(other.points)] == other.points
        )


class History:
    """The prompts now, and what they were before each change."""

    def __init__(self) -> None:
        self._past: List[Prompts] = []
        self._future: List[Prompts] = []
        self.now = Prompts()

    def change(self, prompts: Prompts) -> None:
        """Make `prompts` the present; what was undone can no longer be redone."""
        self._past.append(self.now)
        self._future.clear()
        self.now = prompts

    def undo(self) -> bool:
        """Take the last change back; return False where there is none."""
        if not self._past:
            return False
        self._future.append(self.now)
        self.now = self._past.pop()
        return True

    def redo(self) -> bool:
        """Make the last change taken back again; return False where there is none."""
        if not self._future:
            return False
        self._past.append(self.now)
        self.now = self._future.pop()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)
