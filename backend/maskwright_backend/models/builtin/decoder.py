# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoder graph: from a prompt and the encoder's tensors to three candidates, coarse to fine.

Six hypotheses are grown at 64 x 64 in rounds of "estimate the colours, cut" (C. Rother et al., "GrabCut", 2004, with
a convex cut); the better of each two becomes a candidate, which is refined at 128 x 128 and 256 x 256.
"""

from __future__ import annotations

import numpy as np

from . import palette
from .colours import ClickColours, Colours
from .graph import Graph, Tensor
from .hypotheses import SURE, Hypotheses
from .prompts import Prompt
from .score import score
from .smooth import Cut

STIFFNESS = {64: 1.5, 128: 3.0, 256: 6.0}  # log odds that one step of contour costs


def build() -> bytes:
    """Write the decoder."""
    g = Graph("maskwright builtin decoder")
    embed = g.input("image_embed", [1, 256, 64, 64])
    fine = g.input("high_res_feats_0", [1, 32, 256, 256])
    middle = g.input("high_res_feats_1", [1, 64, 128, 128])
    prompt = Prompt(g)
    candidates = grow(embed, prompt)
    logits = sharpen(fine, *refine(middle, candidates, prompt), prompt).reshape(1, 3, 256, 256)
    g.output("masks", logits.enlarge(4), [1, 3, 1024, 1024])
    g.output("iou_predictions", candidates.scores.reshape(1, 3).clip(0.0, 1.0), [1, 3])
    g.output("low_res_masks", logits, [1, 3, 256, 256])
    return g.to_bytes()


class Candidates:
    """The best hypotheses of each size at 64 x 64, [3,1,64,64] each, and their scores [3,1]."""

    def __init__(
        self, best: Tensor, planes: tuple[Tensor, Tensor, Tensor], scores: Tensor, clicks: ClickColours
    ) -> None:
        """Keep those of six that `best`, [3], names."""
        self.inside, self.place, self.nearby = (plane.take(best, 0) for plane in planes)
        self.scores, self.clicks = scores.take(best, 0), clicks


def grow(embed: Tensor, prompt: Prompt) -> Candidates:
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
    return Candidates(best, (whole, place, guess.nearby + whole * 0.0), scores, clicks)


def refine(middle: Tensor, candidates: Candidates, prompt: Prompt) -> tuple[Tensor, Tensor]:
    """Cut again at 128 x 128, with colours estimated there; the masks and the evidence, [3,1,128,128] each."""
    colours = Colours(middle, 128)
    coarse, nearby = candidates.inside.enlarge(2), candidates.nearby.enlarge(2)
    place = candidates.place.enlarge(2) + prompt.seeds(128, 0.9) * SURE
    cut, inside = Cut(likeness_of(middle), 128, directions=2), coarse
    evidence = place
    for _ in range(2):
        odds = candidates.clicks.log_odds(colours, inside, nearby)
        evidence = colours.spread(odds) + place
        inside = cut(inside, evidence / STIFFNESS[128], 12)
    inside = joined(inside, inside.minimum(coarse), 12)
    return inside, evidence.clip(-4.0, 4.0) - (1.0 - inside.max_pool(5)) * 8.0


def sharpen(fine: Tensor, inside: Tensor, evidence: Tensor, prompt: Prompt) -> Tensor:
    """Follow the finest edges; logits [3,1,256,256] with every click on its side, within -30 to 30."""
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
