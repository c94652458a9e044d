# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a mask looks like an object: the number that takes the place of a predicted IoU."""

from __future__ import annotations

import numpy as np

from .colours import Colours
from .features import differences
from .graph import Array, Tensor
from .prompts import Prompt

DISC = 11.0  # contour / sqrt(area) of a disc, counted in all four directions


def rim(size: int) -> Array:
    """Mark the outermost cells of the image: [1,1,size,size]."""
    cells = np.ones((1, 1, size, size), np.float32)
    cells[:, :, 1:-1, 1:-1] = 0
    return cells


def total(planes: Tensor) -> Tensor:
    """Sum each of [B,C,S,S] to [B,1]."""
    return planes.sum(1, 2, 3).reshape(-1, 1)


def score(inside: Tensor, likeness: Tensor, colours: Colours, prompt: Prompt) -> Tensor:
    """Judge masks [B,1,S,S], 0..1: [B,1], about 0 to 0.9.

    Good are edges along the contour and colours of its own; bad are leaning on the image's sides, a ragged outline,
    and not reaching the sides of the box.
    """
    steps = inside.conv(differences(1)).abs() * likeness.above(0.0)
    contour = total(steps)
    on_edges = 1.0 - total(steps * likeness) / (contour + 1e-3)
    apart = 1.0 - (colours.histogram(inside) * colours.histogram(1.0 - inside)).sqrt().sum(1)
    touch = total(inside * rim(colours.size))
    leaning = touch / (touch + contour * 0.3 + 1.0)
    ragged = (contour + touch * 3.0) / ((total(inside) + 1.0).sqrt() * DISC)
    free = on_edges * 0.6 + apart * 0.4 - leaning - ragged * 0.1
    return free - unfilled(inside, prompt) * 0.5


def unfilled(inside: Tensor, prompt: Prompt) -> Tensor:
    """Say how far the mask stays from the sides of the box, 0.1 (well filled) to 1; 0 without a box: [B,1]."""
    extent = inside.max(2).mean(3) * inside.max(3).mean(2) / (prompt.span() + 1e-6)
    return (1.0 - extent.clip(0.0, 0.9).reshape(-1, 1)) * prompt.has_box.reshape(1, 1)
