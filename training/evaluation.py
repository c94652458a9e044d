# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure a model on photographs by simulated clicks, through the same steps that the daemon takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .clicks import Click, box, depth, middle_click
from .measures import boundary_f, clicks_needed, iou, lost
from .objects import Labelled
from .pipeline import Pipeline

CLICKS = 10
LOOSE = 0.1  # of the box's size that a loose box is too large on each side
PLACES = 3  # first clicks at random places for each object


@dataclass
class Result:
    """What one object gave."""

    name: str
    curve: list[float] = field(default_factory=list)
    box: float = 0.0
    box_f: float = 0.0
    loose: float = 0.0
    anywhere: float = 0.0
    best_click: float = 0.0
    best_box: float = 0.0


def measure(pipeline: Pipeline, photographs: Iterable[Labelled]) -> list[Result]:
    """Measure every object."""
    return [_measured(pipeline, one, index) for index, one in enumerate(photographs)]


def _measured(pipeline: Pipeline, one: Labelled, seed: int) -> Result:
    pipeline.see(one.rgb)
    result = Result(f"{one.picture}.{one.name}")
    result.curve, result.best_click = _curve(pipeline, one)
    masks = pipeline.answers([], box(one.truth))
    scores = [iou(mask, one.truth, one.unknown) for mask in masks]
    result.box, result.best_box, result.box_f = scores[0], max(scores), boundary_f(masks[0], one.truth)
    tight = box(one.truth)
    grown = tight + np.array([-1, -1, 1, 1]) * LOOSE * np.tile(tight[2:] - tight[:2], 2)
    grown = np.clip(grown, 0, np.tile(one.truth.shape[::-1], 2))
    result.loose = iou(pipeline.answers([], grown)[0], one.truth, one.unknown)
    result.anywhere = float(np.mean([_first(pipeline, one, seed * PLACES + k) for k in range(PLACES)]))
    return result


def _curve(pipeline: Pipeline, one: Labelled) -> tuple[list[float], float]:
    """Click ten times in the middle of what is most wrong; the IoU after each, and the best candidate's at first."""
    clicks: list[Click] = []
    curve: list[float] = []
    best, answer = 0.0, np.zeros_like(one.truth)
    for _ in range(CLICKS):
        made = middle_click(answer, one.truth, one.unknown)
        if made is None:
            curve.append(curve[-1])
            continue
        clicks.append(made)
        masks = pipeline.answers(clicks)
        answer = masks[0]
        if not curve:
            best = max(iou(mask, one.truth, one.unknown) for mask in masks)
        curve.append(iou(answer, one.truth, one.unknown))
    return curve, best


def _first(pipeline: Pipeline, one: Labelled, seed: int) -> float:
    """Click once, anywhere on the object but at its very rim."""
    rng, deep = np.random.default_rng(seed), depth(one.truth)
    ys, xs = np.nonzero(deep > min(2.0, deep.max() * 0.5))
    index = rng.integers(len(ys))
    return iou(pipeline.answers([(xs[index] + 0.5, ys[index] + 0.5, 1)])[0], one.truth, one.unknown)


COLUMNS = (
    "1", "3", "5", "10", "box", "F 2 px", "NoC85", "lost",
    "anywhere", "loose box", "best of 3, click", "best of 3, box",
)  # fmt: skip


def summary(results: list[Result]) -> dict[str, float]:
    """Average the results, by the names of `COLUMNS`."""
    curves = np.array([result.curve for result in results])
    values = [
        *(curves[:, count - 1].mean() for count in (1, 3, 5, 10)),
        np.mean([result.box for result in results]),
        np.mean([result.box_f for result in results]),
        np.mean([clicks_needed(curve) for curve in curves]),
        np.mean([lost(curve) for curve in curves]),
        *(
            np.mean([getattr(result, name) for result in results])
            for name in ("anywhere", "loose", "best_click", "best_box")
        ),
    ]
    return {name: round(float(value), 3) for name, value in zip(COLUMNS, values, strict=True)}
