# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a training run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How long, how fast and on what; `sides` are (until this share of the steps, pixels of a side, batch)."""

    steps: int = 6000
    rate: float = 1.3e-3
    decay: float = 0.02
    sides: tuple[tuple[float, int, int], ...] = ((0.65, 192, 10), (1.0, 256, 7))
    photographs: float = 0.25  # share of samples from the labelled photographs
    seed: int = 1
    threads: int = 2
