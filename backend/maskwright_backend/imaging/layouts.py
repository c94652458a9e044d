# SPDX-License-Identifier: GPL-3.0-or-later
"""The pixel layouts that clients put, as arrays, and as the RGB that models are given."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright_shared.messages import CHANNELS

from .stored import StoredImage

Pixels = NDArray[np.uint8]

BACKDROP = 128
"""What shows through transparent pixels: mid-grey, on which black line art and white lettering can both be seen."""

_TO_RGB = {"GRAY": cv2.COLOR_GRAY2RGB, "RGBA": cv2.COLOR_RGBA2RGB, "BGRA": cv2.COLOR_BGRA2RGB}
_ROWS = 256


def as_pixels(image: StoredImage) -> Pixels:
    """Return the stored pixels as (height, width, channels), a view of the store's own memory."""
    flat = np.frombuffer(image.buffer, np.uint8, image.size)
    return flat.reshape(image.height, image.width, CHANNELS[image.channels])


def to_rgb(pixels: Pixels, channels: str) -> Pixels:
    """Return (height, width, 3) RGB; transparent pixels are laid over mid-grey. RGB is returned as it is."""
    if channels == "RGB":
        return pixels
    rgb: Any = cv2.cvtColor(pixels, _TO_RGB[channels])
    if channels in ("RGBA", "BGRA"):
        _lay_over_backdrop(rgb, pixels[..., 3])
    return np.asarray(rgb, np.uint8)


def _lay_over_backdrop(rgb: Pixels, alpha: Pixels) -> None:
    """Blend in place, a few rows at a time so that a large image needs no second copy in memory."""
    for top in range(0, len(rgb), _ROWS):
        rows, opacity = rgb[top : top + _ROWS], alpha[top : top + _ROWS]
        if opacity.min() == 255:
            continue
        weight = opacity[..., None].astype(np.float32) / 255.0
        rows[:] = np.rint(BACKDROP + (rows - np.float32(BACKDROP)) * weight)
