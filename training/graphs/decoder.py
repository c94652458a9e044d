# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoder graph: from a prompt and the encoder's tensors to three candidates.

Two ways of answering, and crosses of both, each give candidates: the algorithm grows colour models from the prompt
(`growth`), the network knows what objects look like (`network`). A learned score chooses among all (`choice`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maskwright_backend.models.builtin.graph import Array, Graph, Tensor
from maskwright_backend.models.builtin.prompts import Prompt

from .choice import Judge, chosen
from .cues import cues
from .growth import grow, refine, sharpen
from .network import answer
from .space import ROOM, found

NETWORK_SAYS = 1.0  # weight of the network's log odds against those of the colours, in a cross
ALGORITHM_SAYS = 1.5  # log odds of the algorithm's mask, added to the network's
LIMIT = 20.0  # of logits
READINGS = (4, 5, 7, 8)  # other readings of a first prompt, in the place of which ...
CAREFUL_OF = (3, 0, 6, 9)  # ... careful corrections by these come where there is an earlier mask
ORDER = (0, 1, 2, 3, 10, 11, 6, 12, 13, 9)
MEASURES = 37  # of each candidate
KINDS = (
    "algorithm",
    "algorithm",
    "algorithm",
    "cross",
    "cross",
    "cross",
    "network",
    "network",
    "network",
    "sum",
)


@dataclass(frozen=True)
class Proposals:
    """All candidates, their logits [K,1,256,256] in the order of `KINDS`, and what they come from.

    `network` are its own logits [1,3,192,192], `opinions` [1,6] what network and algorithm think of their own three.
    """

    logits: Tensor
    network: Tensor
    opinions: Tensor


def build(weights: Mapping[str, Array]) -> bytes:
    """Write the decoder with the weights of network and score."""
    g = Graph("maskwright builtin decoder")
    tensors, prompt = inputs(g)
    proposals = propose(tensors, prompt, weights)
    judge = judged(tensors, prompt, proposals)
    logits, scores = chosen(proposals.logits, judge.scores(weights), judge.inside)
    g.output("masks", logits.enlarge(4), [1, 3, 1024, 1024])
    g.output("iou_predictions", scores, [1, 3])
    g.output("low_res_masks", logits, [1, 3, 256, 256])
    return g.to_bytes()


def build_for_study(weights: Mapping[str, Array]) -> bytes:
    """Write a decoder that gives every candidate and what the score looks at, to train the score with."""
    g = Graph("maskwright builtin decoder, all candidates")
    tensors, prompt = inputs(g)
    proposals = propose(tensors, prompt, weights)
    judge = judged(tensors, prompt, proposals)
    g.output("logits", proposals.logits, [len(KINDS), 1, 256, 256])
    g.output("measures", judge.measures, [len(KINDS), MEASURES])
    return g.to_bytes()


def judged(tensors: dict[str, Tensor], prompt: Prompt, proposals: Proposals) -> Judge:
    """Measure the candidates."""
    return Judge(
        tensors["high_res_feats_1"],
        found(tensors),
        prompt,
        proposals.logits,
        proposals.network,
        proposals.opinions,
    )


def inputs(g: Graph) -> tuple[dict[str, Tensor], Prompt]:
    """Declare the encoder's tensors and the prompt."""
    order = ("image_embed", "high_res_feats_0", "high_res_feats_1")
    tensors = {name: g.input(name, [1, ROOM[name][0], ROOM[name][1], ROOM[name][1]]) for name in order}
    return tensors, Prompt(g)


def propose(tensors: dict[str, Tensor], prompt: Prompt, weights: Mapping[str, Array]) -> Proposals:
    """Answer in both ways, and cross them."""
    g = prompt.graph
    seen = found(tensors)
    network, quality = answer(seen, cues(seen, prompt), weights)
    own = grow(tensors["image_embed"], prompt)
    both = own.joined(*crossed(network))
    inside, evidence = refine(tensors["high_res_feats_1"], both, prompt)
    cut = sharpen(tensors["high_res_feats_0"], inside, evidence, prompt)
    plain = network.scaled(256, 256).reshape(3, 1, 256, 256)
    seeds = prompt.seeds(256, 0.9) * LIMIT
    best = cut.take(g.op("ArgMax", own.scores.reshape(3), axis=0, keepdims=1), 0)
    total = plain.cut(0, 0, 1) + (best * 0.3).clip(-1.0, 1.0) * ALGORITHM_SAYS
    total = total + (1.0 - total.max(2, 3)).maximum(
        0.0
    )  # the likeliest cells at least, so that one is not empty
    told = g.concat([plain, total], 0) + seeds
    opinions = g.concat([quality, own.scores.reshape(1, 3)], 1)
    return Proposals(corrected(g.concat([cut, told], 0), prompt), network, opinions)


def corrected(logits: Tensor, prompt: Prompt) -> Tensor:
    """Where there is an earlier mask, give careful answers in the place of other readings.

    A careful one takes only what the newest click asks for: more after a foreground click, less after another.
    """
    earlier = prompt.mask_input.clip(-LIMIT, LIMIT)
    sources = logits.take(logits.graph.constant(np.array(CAREFUL_OF, np.int64)), 0)
    grows = prompt.last_is_positive()
    careful = sources.maximum(earlier) * grows + sources.minimum(earlier) * (1.0 - grows)
    readings = logits.take(logits.graph.constant(np.array(READINGS, np.int64)), 0)
    replaced = careful * prompt.has_mask + readings * (1.0 - prompt.has_mask)
    parts = logits.graph.concat([logits, replaced], 0)
    return parts.take(logits.graph.constant(np.array(ORDER, np.int64)), 0)


def crossed(network: Tensor) -> tuple[Tensor, Tensor]:
    """Begin the cut from what the network believes: masks and log odds [3,1,128,128]."""
    odds = network.scaled(128, 128).reshape(3, 1, 128, 128)
    return odds.sigmoid(), odds.clip(-6.0, 6.0) * NETWORK_SAYS
