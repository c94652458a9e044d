# SPDX-License-Identifier: GPL-3.0-or-later
"""Chained prompts: the answer depends on the prompts alone, whatever was asked before."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from maskwright_backend.engine.decoding import LONGEST_CHAIN, Decoding, Ground
from maskwright_backend.engine.jobs import Job
from maskwright_shared.geometry import Box, Point
from maskwright_shared.messages import Segment


@dataclasses.dataclass
class Answer:
    """Two candidates; which one is best depends on what was given."""

    value: float
    logits = np.zeros((2, 4, 4), np.float32)
    scores = (0.5, 0.6)

    def choose(self, prompts, previous=None):
        return (int(self.value) + (previous or 0)) % 2

    def feedback(self, index):
        return np.array([self.value, index])


class Model:
    """Stands for a decoder; its answer is different for whatever it is given."""

    chains_prompts, refines_edges, provider = True, False, "test"

    def __init__(self):
        self.runs = 0

    def decode(self, embedding, prompts, run):
        self.runs += 1
        given = (
            prompts.points,
            prompts.box,
            None if prompts.mask_input is None else tuple(prompts.mask_input),
        )
        return Answer(float(hash(given) % 100_003))


def asked(decoding, model, points, box=None):
    request = Segment("0" * 32, "m", tuple(points), box)
    decoded, chosen = decoding.decode(
        Job(None, lambda _: None, lambda *_: None), Ground("k", model, None), request, None
    )
    return decoded.candidates.value, chosen


POINTS = [Point(float(index), 1.0, index % 3 > 0) for index in range(2 * LONGEST_CHAIN)]


@pytest.mark.parametrize("box", [None, Box(0, 0, 5, 5)])
def test_clicks_one_by_one_and_all_at_once_come_to_the_same(box):
    slow, at_once = Decoding(), [Decoding() for _ in POINTS]
    for count in range(1, len(POINTS) + 1):
        expected = asked(at_once[count - 1], Model(), POINTS[:count], box)
        assert asked(slow, Model(), POINTS[:count], box) == expected
    backwards = Decoding()
    for count in range(len(POINTS), 0, -1):
        assert asked(backwards, Model(), POINTS[:count], box) == asked(
            Decoding(), Model(), POINTS[:count], box
        )


def test_each_further_click_is_one_run():
    decoding, model = Decoding(), Model()
    for count in range(1, len(POINTS) + 1):
        asked(decoding, model, POINTS[:count])
        assert model.runs == count
    asked(decoding, model, POINTS[:5])
    assert model.runs == len(POINTS)
