# SPDX-License-Identifier: GPL-3.0-or-later
"""A known picture for trials and probes: a bright disc on a dark, slightly noisy ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 640, 480
CENTRE, RADIUS = (300.5, 220.5), 110.0


def known_picture() -> npt.NDArray[np.uint8]:
    """Return the picture as (480, 640, 3) 8-bit sRGB; the same pixels every time."""
    noise = np.random.default_rng(20).integers(-6, 7, (HEIGHT, WIDTH, 3))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    inside = np.hypot(x - CENTRE[0], y - CENTRE[1]) < RADIUS
    colours = np.where(inside[..., None], (220, 180, 60), (40, 60, 90))
    return (colours + noise).clip(0, 255).astype(np.uint8)


def random_picture() -> npt.NDArray[np.uint8]:
    """Return (389, 517, 3) random pixels, the same every time: an image that no model has seen."""
    return np.random.default_rng(3).integers(0, 256, (389, 517, 3), dtype=np.uint8)
