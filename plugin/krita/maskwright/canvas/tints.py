# SPDX-License-Identifier: GPL-3.0-or-later
"""Which colour a mask is shown in: blue, or orange where the picture itself is so blue that blue would not be seen."""

from __future__ import annotations

import enum
from typing import Iterator, Tuple

from maskwright_plugin.host import Picture
from maskwright_plugin.picking.state import Preview

SAMPLES = 24
"""To a side: so many places of a mask are looked at, whatever its size."""

PREFERENCE = 1.25
"""So many times farther from the picture's colour orange must be: grey and mixed pictures stay with blue."""


class Tint(enum.Enum):
    """The tints, as red, green, blue."""

    BLUE = (0, 130, 255)
    ORANGE = (255, 120, 0)


def tint_for(picture: Picture, preview: Preview) -> Tint:
    """Return the tint that is seen on what the mask covers; the picture is BGRA."""
    covered = list(_covered(picture, preview))
    if not covered:
        return Tint.BLUE
    blue, orange = (
        sum(_distance(tint.value, colour) for colour in covered) for tint in (Tint.BLUE, Tint.ORANGE)
    )
    return Tint.ORANGE if orange > PREFERENCE * blue else Tint.BLUE


def _covered(picture: Picture, preview: Preview) -> Iterator[Tuple[int, int, int]]:
    """Give the colours at some places that lie inside the mask; transparent ones show Krita's grey."""
    view, mask, bounds = preview.view, preview.bounds, picture.bounds
    for row in range(0, mask.height, max(1, mask.height // SAMPLES)):
        y = int(view.y + (mask.y + row + 0.5) * view.height / view.rows) - bounds.y
        for column in range(0, mask.width, max(1, mask.width // SAMPLES)):
            x = int(view.x + (mask.x + column + 0.5) * view.width / view.columns) - bounds.x
            inside = preview.alpha[row * mask.width + column] > 127
            if inside and 0 <= x < bounds.width and 0 <= y < bounds.height:
                at = 4 * (y * bounds.width + x)
                blue, green, red, alpha = picture.data[at : at + 4]
                yield (red, green, blue) if alpha > 127 else (224, 224, 224)


def _distance(one: Tuple[int, int, int], other: Tuple[int, int, int]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other))) ** 0.5
