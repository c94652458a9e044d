# SPDX-License-Identifier: GPL-3.0-or-later
"""One system against its reference, on every image and prompt."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
from tests.onnx.small_graphs import write_card

from maskwright_backend.finishing.finish import finish
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.recognise import recognise_files
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.messages import MaskOptions

from .cases import cases, picture

SCORES_WITHIN = 1e-5
IOU_AT_LEAST = 0.9998
HARD = MaskOptions(edge="hard", refine=False)


@dataclass(frozen=True)
class Result:
    """The worst figures of one system, image and prompt, over all candidates, and what the masks cover."""

    system: str
    size: tuple[int, int]
    case: str
    logits: float
    logits_within: float
    scores: float
    iou: float
    covered: tuple[float, float]

    @property
    def is_within(self):
        """Whether all three figures reach their aims."""
        return self.logits <= self.logits_within and self.scores <= SCORES_WITHIN and self.iou >= IOU_AT_LEAST


def compare(system, folder, threads, sizes):
    """Return the results of a system whose graphs lie in `folder`/name."""
    write_card(folder / system.name, system.name, system.family)
    model = Registry(folder).get(system.name)
    model.load(SessionSettings(threads=threads))
    _check_recognition(model, system)
    results = []
    for size in sizes:
        begun = time.monotonic()
        rgb = picture(*size)
        embedding = model.encode(rgb)
        system.reference.set_image(rgb)
        results += _compare_image(system, model, embedding, size)
        print(f"{system.name} {size}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return results


def _check_recognition(model, system):
    assert recognise_files(model._encoder_path, model._decoder_path).name == system.family


def _compare_image(system, model, embedding, size):
    fed, results = None, []
    for case in cases(*size):
        if case.feedback and not system.reference.takes_mask:
            continue
        mask = fed if case.feedback else None
        candidates = model.decode(embedding, ModelPrompts(case.points, case.box, mask))
        logits, scores, large = system.reference.predict(case.points, case.box, mask)
        fed = candidates.feedback(candidates.choose(ModelPrompts(case.points, case.box, mask), None))
        results.append(_result(system, size, case, candidates, (logits, scores, large)))
    return results


def _result(system, size, case, candidates, reference):
    logits, scores, large = reference
    pairs = [(_mask(candidates, index, size), large[index] > 0) for index in range(len(large))]
    shares = [float(truth.mean()) for _, truth in pairs]
    given = np.array(candidates.scores[: len(scores)], np.float64)
    return Result(
        system.name, size, case.name, float(np.abs(candidates.logits - logits).max()), system.logits_within,
        float(np.abs(given - scores).max()), min(_iou(*pair) for pair in pairs), (min(shares), max(shares)),
    )  # fmt: skip


def _mask(candidates, index, size):
    finished = finish(candidates.logits[index], candidates.placement, size, HARD)
    mask = np.zeros(size[::-1], bool)
    bounds = finished.bounds
    mask[bounds.y : bounds.bottom, bounds.x : bounds.right] = finished.alpha == 255
    return mask


def _iou(mask, truth):
    union = np.logical_or(mask, truth).sum()
    return 1.0 if union == 0 else float(np.logical_and(mask, truth).sum() / union)
