# SPDX-License-Identifier: GPL-3.0-or-later
"""`bench`: how long each installed model takes here, and which one suits how much patience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .helper import COMMAND, HelperFailure, ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..models.model import Model
    from .progress import Task

PATIENCE = {"quick": 1.0, "normal": 4.0, "patient": float("inf")}
"""Seconds that one waits for an image before the first click."""

LONGEST_CLICK = 0.3
MOST_SECONDS = 900.0
RUN_SECONDS = 3.0
FAMILY_RANK = 3


def measure(
    model: Model, providers: Sequence[str], threads: int, task: Task, command: Sequence[str] = COMMAND
) -> dict[str, Any]:
    """Return a model's figures, or an `error` when it cannot be measured; a fresh process shows its memory.

    Raises:
        Cancelled: when the task was withdrawn.
    """
    encoder, decoder = model.paths
    request = {
        "do": "bench", "encoder": str(encoder), "decoder": str(decoder), "family": model.family.name,
        "threads": threads, "providers": list(providers), "seconds": RUN_SECONDS,
    }  # fmt: skip
    try:
        return ask(request, task, MOST_SECONDS, command)
    except HelperFailure as failure:
        return {"error": f"It could not be measured: {failure.reason}."}


def recommend(figures: Mapping[str, Mapping[str, Any]], ranks: Mapping[str, int]) -> dict[str, str]:
    """Return the model to use for each kind of patience: of those quick enough the one of the highest rank.

    Ranks say which model is expected to be better, from its kind and size; nobody measured that on this machine.
    """
    chosen = {}
    for kind, seconds in PATIENCE.items():
        fitting = [name for name, found in figures.items() if _fits(found, seconds)]
        if fitting:
            chosen[kind] = max(
                fitting, key=lambda name: (ranks.get(name, FAMILY_RANK), -figures[name]["encoder_ms"])
            )
    return chosen


def _fits(found: Mapping[str, Any], seconds: float) -> bool:
    if "encoder_ms" not in found:
        return False
    click = found.get("click_ms", 0.0) / 1000
    return found["encoder_ms"] / 1000 <= seconds and (click <= LONGEST_CLICK or seconds > PATIENCE["normal"])
