# SPDX-License-Identifier: GPL-3.0-or-later
"""What a decoder gave for one set of prompts, and which of its candidates to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from .placement import Placement

if TYPE_CHECKING:
    from .embedding import Geometry
    from .family import Family
    from .prompts import ModelPrompts


@dataclass(frozen=True)
class Candidates:
    """Low-res logits (C, h, w) float32, the mask where they are above 0, with a predicted IoU each or None."""

    logits: npt.NDArray[np.float32]
    scores: tuple[float | None, ...]
    placement: Placement
    family: Family

    def choose(self, prompts: ModelPrompts, previous: int | None = None) -> int:
        """Return the candidate to show, by the family's rule; `previous` is the one shown until now."""
        count = len(self.scores)
        rule = self.family.candidates
        shown = previous if previous is not None and 0 <= previous < count else None
        if shown is not None and (rule.fixed is not None or self.scores[shown] is None):
            return shown
        if rule.fixed is not None and rule.fixed < count:
            return rule.fixed
        alone = count == rule.with_single
        if alone and not prompts.is_single_click:
            return 0
        best = max(range(int(alone), count), key=lambda index: _score(self.scores[index]))
        if shown is None or prompts.is_single_click:
            return best
        return best if _score(self.scores[best]) > _score(self.scores[shown]) + rule.margin else shown

    def feedback(self, index: int) -> npt.NDArray[np.float32]:
        """Return a candidate's logits as (side, side) for the next decode's mask input."""
        logits: npt.NDArray[np.float32] = self.logits[index]
        side = self.family.mask_side
        if logits.shape != (side, side):
            logits = np.asarray(
                Image.fromarray(logits).resize((side, side), Image.Resampling.BOX), np.float32
            )
        clamp = self.family.feedback_clamp
        return logits if clamp is None else logits.clip(-clamp, clamp)


def _score(score: float | None) -> float:
    return -np.inf if score is None else score


def placement_of(geometry: Geometry, rows: int, columns: int) -> Placement:
    """Return how logits of rows x columns, which cover the model's square, come to the image's size.

    Straight to the image where it was stretched; else to the square, cropped to the fitted size, to the image.
    """
    if geometry.is_stretched:
        return Placement(((columns, geometry.width),), ((rows, geometry.height),))
    return Placement(
        ((columns, geometry.side), (geometry.fitted_width, geometry.width)),
        ((rows, geometry.side), (geometry.fitted_height, geometry.height)),
    )
