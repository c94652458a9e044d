# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of all candidates to show: a learned score, which is the predicted IoU, and three that differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from maskwright_backend.models.builtin.colours import Colours
from maskwright_backend.models.builtin.features import differences
from maskwright_backend.models.builtin.graph import Array, Operand, Tensor
from maskwright_backend.models.builtin.prompts import Prompt, columns, lines
from maskwright_backend.models.builtin.score import DISC, rim, total, unfilled

from .growth import likeness_of
from .layers import Layers
from .network import Seen

SIDE = 128
SAME = 0.85  # IoU from which two candidates are one
SMALLEST = 0.5  # cells
REACH, UNMOVED = 3.0, 0.3  # cells around a correction, and what ignoring it there costs
LOYALTY = 0.1  # predicted IoU that the algorithm's own favourite is given at a single click, where the score errs most


class Judge:
    """What the score looks at: `measures` [K,count] of candidates `inside` [K,1,128,128], 0..1."""

    def __init__(
        self, middle: Tensor, seen: Seen, prompt: Prompt, logits: Tensor, network: Tensor, opinions: Tensor
    ) -> None:
        """Measure candidates [K,1,256,256] against the image, the network's own masks and each other.

        `opinions`, [1,6], is what network and algorithm think of their own three.
        """
        self._graph, self._prompt = prompt.graph, prompt
        self._count, self._opinions = 10, opinions
        self.inside = logits.sigmoid().mean_pool(2)
        self._network = network.scaled(SIDE, SIDE).sigmoid()
        measured: list[Operand] = [
            *self._outline(middle, seen),
            *self._company(),
            *self._belief(),
            *self._prompted(),
            self._off_centre(),
            *(self._same(opinions.cut(1, k, k + 1)) for k in range(6)),
            np.eye(self._count, dtype=np.float32),
        ]
        self.measures = self._graph.concat(measured, 1)

    def scores(self, weights: Mapping[str, Array]) -> Tensor:
        """Predict the IoU of each: [K,1]; an empty one gets 0."""
        layers = Layers(self._graph, weights, "score")
        hidden = self._graph.op("Relu", layers.linear("0", self.measures))
        predicted = layers.linear("2", hidden).sigmoid() + self._favoured() * LOYALTY
        return predicted * self._obeyed() * total(self.inside.above(0.5)).above(SMALLEST)

    def _obeyed(self) -> Tensor:
        """Take from candidates that leave all as it was around the newest click, but for its very cell: [K,1]."""
        prompt = self._prompt
        squares = prompt.nearest(prompt.squared_distances(SIDE), prompt.newest())
        disc = (1.0 - squares.above((REACH / SIDE) ** 2)).reshape(1, 1, SIDE, SIDE)
        share = total(self.inside * disc) / (total(disc) + 1e-3)
        grows = prompt.last_is_positive().reshape(1, 1)
        asked = share * grows + (1.0 - share) * (1.0 - grows)
        return 1.0 - (1.0 - asked) * UNMOVED * prompt.has_mask.reshape(1, 1)

    def _favoured(self) -> Tensor:
        """Mark the one of its three that the algorithm thinks best, where there is one click and no more: [K,1]."""
        prompt, own = self._prompt, self._opinions.cut(1, 3).reshape(3, 1)
        best = 1.0 - (own.max(0) - own).above(0.0)
        alone = (
            prompt.has_positive
            * (1.0 - prompt.has_box)
            * (1.0 - prompt.has_mask)
            * (1.0 - prompt.has_negative)
        )
        others = np.zeros((self._count - 3, 1), np.float32)
        return self._graph.concat([best, others], 0) * alone.reshape(1, 1)

    def _same(self, value: Tensor) -> Tensor:
        """Give every candidate the same number [1,1]."""
        return value.reshape(1, 1) + np.zeros((self._count, 1), np.float32)

    def _outline(self, middle: Tensor, seen: Seen) -> list[Tensor]:
        """Edges along the contour, the image's and the learned ones; colours; sides; raggedness; size."""
        colours, likeness = Colours(middle, SIDE), likeness_of(middle)
        steps = self.inside.conv(differences(1)).abs() * likeness.above(0.0)
        contour = total(steps)
        on_edges = 1.0 - total(steps * likeness) / (contour + 1e-3)
        learned = seen["edge"].scaled(SIDE, SIDE)
        on_learned = total(steps.sum(1) * learned) / (contour + 1e-3)
        inside, outside = colours.histogram(self.inside), colours.histogram(1.0 - self.inside)
        apart = 1.0 - (inside * outside).sqrt().sum(1)
        touch, area = total(self.inside * rim(SIDE)), total(self.inside)
        leaning = touch / (touch + contour * 0.3 + 1.0)
        ragged = (contour + touch * 3.0) / ((area + 1.0).sqrt() * DISC)
        return [on_edges, on_learned, apart, leaning, ragged.minimum(4.0), area.sqrt() * (1 / SIDE)]

    def _company(self) -> list[Tensor]:
        """How like the network's three, the algorithm's three, and all others a candidate is."""
        flat = self.inside.reshape(self._count, -1)
        network = overlap(flat, self._network.reshape(3, -1))
        others = overlap(flat, flat)
        return [network, others.cut(1, 0, 3).max(1), others.mean(1)]

    def _belief(self) -> list[Tensor]:
        """What the network believes of the inside and of the rim outside."""
        belief = self._network.cut(1, 0, 1)
        ring = (self.inside.max_pool(7) - self.inside).maximum(0.0)
        within = total(self.inside * belief) / (total(self.inside) + 1.0)
        without = total(ring * belief) / (total(ring) + 1.0)
        return [within, without]

    def _off_centre(self) -> Tensor:
        """How far from a candidate's middle the foreground clicks lie, in its own size; people click near it."""
        prompt, area = self._prompt, total(self.inside) + 1.0
        squares = []
        for cells, at in ((columns(SIDE), prompt.x), (lines(SIDE), prompt.y)):
            middle = total(self.inside * cells) / area
            clicked = (at * prompt.positive).sum(0) / (prompt.positive.sum(0) + 1e-3)
            squares.append((middle - clicked.reshape(1, 1)) * (middle - clicked.reshape(1, 1)))
        distance = (squares[0] + squares[1]).sqrt() * float(SIDE) / area.sqrt()
        return distance.minimum(2.0) * prompt.has_positive.reshape(1, 1)

    def _prompted(self) -> list[Tensor]:
        """How a candidate fits the box and the earlier mask, and what kind of prompt this is."""
        prompt = self._prompt
        has_mask, has_box = (flag.reshape(1, 1) for flag in (prompt.has_mask, prompt.has_box))
        earlier = prompt.mask_input.sigmoid().mean_pool(2).reshape(1, -1)
        kept = overlap(self.inside.reshape(self._count, -1), earlier) * has_mask
        beyond = 1.0 - prompt.box_depth(SIDE).above(0.0)
        spilled = total(self.inside * beyond) / (total(self.inside) + 1.0) * has_box
        filled = total(self.inside) / (prompt.span().reshape(1, 1) * float(SIDE * SIDE) + 1.0) * has_box
        flags = [self._same(flag) for flag in (has_box, has_mask, prompt.has_negative)]
        return [kept, spilled, filled.minimum(2.0), unfilled(self.inside, prompt), *flags]


def overlap(ours: Tensor, others: Tensor) -> Tensor:
    """Give the soft IoU of rows [K,P] with rows [M,P]: [K,M]."""
    both = ours @ others.transpose(1, 0)
    return both / (ours.sum(1) + others.sum(1).transpose(1, 0) - both + 1.0)


def chosen(logits: Tensor, scores: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Keep the best and the two next best that differ from it: logits [1,3,256,256] and scores [1,3]."""
    graph = logits.graph
    hard = inside.above(0.5).reshape(10, -1)
    alike = overlap(hard, hard).above(SAME)
    left, picks = scores.reshape(-1), []
    for _ in range(3):
        pick = graph.op("ArgMax", left, axis=0, keepdims=1)
        picks.append(pick)
        left = left - alike.take(pick, 0).reshape(-1) * 2.0
    index = graph.concat(picks, 0)
    kept = logits.take(index, 0).reshape(1, 3, 256, 256)
    return kept, scores.reshape(-1).take(index, 0).reshape(1, 3).clip(0.0, 1.0)
