# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a model that never ran here will take: its card's times, scaled by what others took on this computer."""

from __future__ import annotations

import math
import statistics
from typing import Any, Iterator, Mapping, Optional, Sequence

CPU = "CPUExecutionProvider"
SHORT_MS = 100
"""An image encoder that is quicker than this says little of the computer: reading the pixels takes as long."""


def figure(value: Any) -> Optional[float]:
    """Return a number of 0 or more, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def speed_factor(models: Sequence[Mapping[str, Any]]) -> float:
    """Return how many times longer this computer takes than the one of the cards; 1 while nothing was measured.

    The middle of what the built-in and the installed models show, each by its image and its click, on the processor.
    """
    ratios = [math.log(ratio) for model in models for ratio in _ratios(model)]
    return math.exp(statistics.median(ratios)) if ratios else 1.0


def _ratios(model: Mapping[str, Any]) -> Iterator[float]:
    measured, details = model.get("measured"), model.get("details")
    expected = details.get("expected_speed") if isinstance(details, Mapping) else None
    if not isinstance(measured, Mapping) or not isinstance(expected, Mapping):
        return
    if measured.get("provider", CPU) != CPU:
        return
    for name in ("encoder_ms", "click_ms"):
        here, there = figure(measured.get(name)), figure(expected.get(name))
        if here and there and (name != "encoder_ms" or there >= SHORT_MS):
            yield here / there
