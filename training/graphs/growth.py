# SPDX-License-Identifier: GPL-3.0-or-later
"""The algorithm: colour models grown from the prompt, coarse to fine, each time with a convex cut.

Six hypotheses are grown at 64 x 64 in rounds of "estimate the colours, cut" (C. Rother et al., "GrabCut", 2004, with
a convex cut); the better of each two becomes a candidate, which is refined at 128 x 128 and 256 x 256.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maskwright_backend.models.builtin import palette
from maskwright_backend.models.builtin.colours import ClickColours, Colours
from maskwright_backend.models.builtin.graph import Tensor
from maskwright_backend.models.builtin.hypotheses import SURE, Hypotheses
from maskwright_backend.models.builtin.prompts import Prompt
from maskwright_backend.models.builtin.score import score
from maskwright_backend.models.builtin.smooth import Cut

STIFFNESS = {64: 1.5, 128: 3.0, 256: 6.0}  # log odds that one step of contour costs


@dataclass(frozen=True)
class Growth:
    """Masks to be refined, [K,1,128,128]: `inside` 0..1, `place` log odds, `nearby` where the ground's colours are."""

    inside: Tensor
    place: Tensor
    nearby: Tensor
    scores: Tensor  # [3,1], what the algorithm thinks of the first three
    clicks: ClickColours

    def joined(self, inside: Tensor, place: Tensor) -> Growth:
        """Put others behind these, whose ground is the whole image."""
        join = inside.graph.concat
        return Growth(
            join([self.inside, inside], 0),
            join([self.place, place], 0),
            join([self.nearby, inside * 0.0 + 1.0], 0),
            self.scores,
            self.clicks,
        )


def grow(embed: Tensor, prompt: Prompt) -> Growth:
    """Grow the six hypotheses and keep three."""
    colours, guess = Colours(embed, 64), Hypotheses(prompt)
    likeness = likeness_of(embed)
    clicks = ClickColours(
        colours, guess.object_discs, guess.background_discs, (prompt.has_positive, prompt.has_negative)
    )
    cut, inside = Cut(likeness, 64, directions=2), guess.start
    for _ in range(4):
        odds = clicks.log_odds(colours, inside, guess.nearby)
        inside = cut(inside, (colours.spread(odds) + guess.place) / STIFFNESS[64], 12)
    seeds = guess.seeds.maximum(0.0)
    whole = joined(
        inside, inside.minimum(seeds) * prompt.has_positive + inside * (1.0 - prompt.has_positive), 40
    )
    scores = score(whole, likeness, colours, prompt)
    best = prompt.graph.op("Add", scores.reshape(3, 2).argmax(1), np.array([0, 2, 4], np.int64))
    loose = (0.5 - whole).clip(0.0, 0.5) - (0.5 - inside).clip(0.0, 0.5)
    place = guess.place - guess.seeds * SURE - loose * 8.0
    kept, where, around = (
        plane.take(best, 0).enlarge(2) for plane in (whole, place, guess.nearby + whole * 0.0)
    )
    return Growth(kept, where, around, scores.take(best, 0), clicks)


def refine(middle: Tensor, grown: Growth, prompt: Prompt) -> tuple[Tensor, Tensor]:
    """Cut again at 128 x 128, with colours estimated there; the masks and the evidence, [K,1,128,128] each."""
    colours = Colours(middle, 128)
    place = grown.place + prompt.seeds(128, 0.9) * SURE
    cut, inside = Cut(likeness_of(middle), 128, directions=2), grown.inside
    evidence = place
    for _ in range(2):
        odds = grown.clicks.log_odds(colours, inside, grown.nearby)
        evidence = colours.spread(odds) + place
        inside = cut(inside, evidence / STIFFNESS[128], 12)
    inside = joined(inside, inside.minimum(grown.inside), 12)
    return inside, evidence.clip(-4.0, 4.0) - (1.0 - inside.max_pool(5)) * 8.0


def sharpen(fine: Tensor, inside: Tensor, evidence: Tensor, prompt: Prompt) -> Tensor:
    """Follow the finest edges; logits [K,1,256,256] with every click on its side, within -30 to 30."""
    seeds = prompt.seeds(256, 0.9)
    evidence = evidence.enlarge(2) + seeds * SURE
    cut = Cut(fine.cut(1, 0, 4), 256, directions=2)
    inside = cut(inside.enlarge(2), evidence / STIFFNESS[256], 5)
    return (inside - 0.5) * 20.0 + seeds * 20.0


def likeness_of(planes: Tensor) -> Tensor:
    """Take the likeness [1,4,S,S] out of an encoder's tensor with shares."""
    return planes.cut(1, palette.SIZE, palette.SIZE + 4)


def joined(inside: Tensor, seeds: Tensor, steps: int) -> Tensor:
    """Keep of `inside` what hangs together with `seeds`, up to `steps` cells away; both [B,1,S,S]."""
    for _ in range(steps):
        seeds = seeds.max_pool(3).minimum(inside)
    return seeds
