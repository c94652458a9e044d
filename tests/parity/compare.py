# SPDX-License-Identifier: GPL-3.0-or-later
"""One system against its reference, on every image and prompt.

Masks and scores are those that a daemon sends. The logits, which do not cross the wire, come from the same model
folder loaded in this process. Each side is fed its own logits back.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
from tests.onnx.small_graphs import write_card

from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.recognise import recognise_files
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings

from .cases import asked_of, picture
from .through_daemon import Picture

SCORES_WITHIN = 1e-5
IOU_AT_LEAST = 0.9998


@dataclass(frozen=True)
class Result:
    """The worst figures of one system, image and prompt, over all candidates, and what the masks cover.

    `pixels` is how many differ between the masks, `margin` the largest distance from the threshold that the
    reference's logits have at one of them; `scores` is None for a model without predicted IoU.
    """

    system: str
    size: tuple[int, int]
    case: str
    logits: float
    logits_within: float
    scores: float | None
    iou: float
    pixels: int
    margin: float
    covered: tuple[float, float]

    @property
    def has_its_scores(self):
        """Whether the predicted IoU reaches its aim."""
        return self.scores is None or self.scores <= SCORES_WITHIN

    @property
    def has_its_mask(self):
        """Whether the mask IoU reaches its aim."""
        return self.iou >= IOU_AT_LEAST

    @property
    def is_within(self):
        """Whether all three figures reach their aims."""
        return self.logits <= self.logits_within and self.has_its_scores and self.has_its_mask


def compare(system, house, threads, sizes):
    """Return the results of a system whose graphs lie in the models folder of `house`."""
    models = house.places.models
    write_card(models / system.name, system.name, system.family)
    model = Registry(models).get(system.name)
    model.load(SessionSettings(threads=threads))
    assert recognise_files(*model.paths).name == system.family
    results = []
    for size in sizes:
        begun = time.monotonic()
        rgb = picture(*size)
        asked = asked_of(system.reference, *size)
        replies = _ask_daemon(house, system.name, rgb, asked)
        results += _compare_image(system, model, rgb, asked, replies)
        print(f"{system.name} {size}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return results


def _ask_daemon(house, name, rgb, asked):
    """Return the daemon's replies, all before anything else is computed: it drops a client that falls silent."""
    replies = []
    with house.connect("parity") as client, Picture(client, name, rgb) as at_daemon:
        for case in asked:
            mask_id = replies[-1].mask_id if case.feedback else None
            replies.append(at_daemon.ask(case.points, case.box, mask_id))
    return replies


def _compare_image(system, model, rgb, asked, replies):
    embedding = model.encode(rgb)
    system.reference.set_image(rgb)
    results, fed, truth_fed = [], None, None
    for case, reply in zip(asked, replies, strict=True):
        prompts = case.points, case.box
        candidates = _decode(model, embedding, case, fed if case.feedback else None)
        truth = system.reference.predict(*prompts, truth_fed if case.feedback else None)
        results.append(_result(system, rgb.shape[1::-1], case, reply, candidates.logits, truth))
        fed, truth_fed = candidates.feedback(reply.chosen), truth[0][reply.chosen]
    return results


def _decode(model, embedding, case, fed):
    """Return what the daemon's engine makes of a case: some models are told one click after another."""
    if model.chains_prompts and fed is None:
        for count in range(1, len(case.points)):
            fed = model.decode(embedding, ModelPrompts(case.points[:count], None, fed)).feedback(0)
    return model.decode(embedding, ModelPrompts(case.points, case.box, fed))


def _result(system, size, case, reply, logits, truth):
    truth_logits, truth_scores, large = truth
    masks = large > 0
    differ = reply.masks != masks
    shares = [float(mask.mean()) for mask in masks]
    assert reply.scores[len(truth_scores) :] == (None,) * (len(masks) - len(truth_scores))
    given = np.array(reply.scores[: len(truth_scores)], np.float64)
    scores = float(np.abs(given - truth_scores).max()) if len(given) else None
    return Result(
        system.name, size, case.name, float(np.abs(logits - truth_logits).max()), system.logits_within,
        scores, min(map(_iou, reply.masks, masks)), int(differ.sum()),
        float(np.abs(large[differ]).max(initial=0.0)), (min(shares), max(shares)),
    )  # fmt: skip


def _iou(mask, truth):
    union = np.logical_or(mask, truth).sum()
    return 1.0 if union == 0 else float(np.logical_and(mask, truth).sum() / union)
