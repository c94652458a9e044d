# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a model's low-res logits lie in the image, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """The resize steps that bring logits to the image's size, per axis.

    Each step is (n_in, n_out): bilinear, align_corners off, not antialiased; each next step uses only the first
    n_in samples of the output before it. SAM 2 stretches: ((256, W),). Padded models: ((256, 1024), (w', W)).
    """

    x: tuple[tuple[int, int], ...]
    y: tuple[tuple[int, int], ...]
