# SPDX-License-Identifier: GPL-3.0-or-later
"""The images and prompts of the comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright_shared.geometry import Box, Point

SIZES = ((517, 389), (389, 517), (1600, 1067), (1, 1), (4000, 3))
PHOTOGRAPH = Path(__file__).parents[2] / "examples" / "coffee.png"


@dataclass(frozen=True)
class Case:
    """Prompts for one decode; with `feedback` the logits of the case before it are fed back too."""

    name: str
    points: tuple[Point, ...] = ()
    box: Box | None = None
    feedback: bool = False


def picture(width, height):
    """Return the example's photograph, stretched to this size, with fine noise so that no two pixels are alike."""
    with Image.open(PHOTOGRAPH) as image:
        rgb = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), np.int16)
    noise = np.random.default_rng(width + height).integers(-12, 13, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def cases(width, height):
    """Return the prompts, placed relative to the image's size."""

    def at(x, y, foreground=True):
        return Point(x * width, y * height, foreground)

    box = Box(0.2 * width, 0.25 * height, 0.75 * width, 0.85 * height)
    return (
        Case("one click", (at(0.4, 0.55),)),
        Case("click and feedback", (at(0.4, 0.55), at(0.7, 0.3)), feedback=True),
        Case("2 positive, 1 negative", (at(0.4, 0.55), at(0.6, 0.5), at(0.1, 0.9, False))),
        Case("box", (), box),
        Case("box and points", (at(0.5, 0.5), at(0.25, 0.8, False)), box),
        Case("corners", (at(0, 0), at(1, 1), at(1, 0, False), at(0, 1, False))),
    )


def asked_of(reference, width, height):
    """Return the prompts that a reference can be asked about."""
    return [
        case
        for case in cases(width, height)
        if (reference.takes_mask or not case.feedback) and (reference.takes_box or case.box is None)
    ]
