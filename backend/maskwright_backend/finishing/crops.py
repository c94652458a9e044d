# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and trimming the crop of a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from maskwright_shared.geometry import Bounds

from .upscale import EMPTY, Crop

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read(crop: Crop, part: Bounds, window: Bounds) -> NDArray[np.uint8]:
    """Return the alpha of any rectangle: 0 outside the crop, and the window's outermost pixels repeated beyond it."""
    inside = part.intersection(window)
    common = inside.intersection(crop.bounds)
    out = np.zeros((inside.height, inside.width), np.uint8)
    if not common.is_empty:
        top, left = common.y - inside.y, common.x - inside.x
        above, before = common.y - crop.bounds.y, common.x - crop.bounds.x
        out[top : top + common.height, left : left + common.width] = crop.alpha[
            above : above + common.height, before : before + common.width
        ]
    sides = (inside.y - part.y, part.bottom - inside.bottom, inside.x - part.x, part.right - inside.right)
    if any(sides):
        out = cv2.copyMakeBorder(out, *sides, cv2.BORDER_REPLICATE)
    return out


def trimmed(crop: Crop) -> Crop:
    """Return the crop cut to the pixels that are not 0, with its area counted."""
    x, y, width, height = cv2.boundingRect(crop.alpha) if crop.alpha.size else (0, 0, 0, 0)
    if not width or not height:
        return EMPTY
    alpha = np.ascontiguousarray(crop.alpha[y : y + height, x : x + width])
    return Crop(
        Bounds(crop.bounds.x + x, crop.bounds.y + y, width, height),
        alpha,
        int(np.count_nonzero(alpha >= 128)),
    )
