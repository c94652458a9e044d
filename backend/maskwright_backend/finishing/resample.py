# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask from the raster it was worked on in to the one that is wanted."""

from __future__ import annotations

import cv2
import numpy as np

from maskwright_shared.geometry import Bounds

from .crops import read
from .raster import Raster
from .upscale import EMPTY, Crop


def resampled(crop: Crop, work: Raster, inside: Bounds, raster: Raster, window: Bounds) -> Crop:
    """Return the alpha of a window of `raster`: means where `work` is finer, bilinear where it is coarser.

    Both rasters begin at the same place. `inside` is the part of the work raster in which the crop was made; beyond
    its sides the mask goes on as it is there. Bounds are in the pixels of their raster.
    """
    factor = work.dx / raster.dx
    if crop.bounds.is_empty or window.is_empty:
        return EMPTY
    if factor < 1:
        parts = round(1 / factor)
        fine = Bounds(*(parts * side for side in window))
        size = (window.width, window.height)
        return Crop(window, cv2.resize(read(crop, fine, inside), size, interpolation=cv2.INTER_AREA), 0)
    # The part of the work raster under the window, and one pixel more to interpolate with.
    left, top = int(window.x / factor) - 1, int(window.y / factor) - 1
    right, bottom = int(window.right / factor) + 2, int(window.bottom / factor) + 2
    part = Bounds(left, top, right - left, bottom - top)
    offset_x = (window.x + 0.5) / factor - 0.5 - left
    offset_y = (window.y + 0.5) / factor - 0.5 - top
    to_part = np.array([[1 / factor, 0, offset_x], [0, 1 / factor, offset_y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (window.width, window.height)
    source = read(crop, part, inside)
    return Crop(
        window, cv2.warpAffine(source, to_part, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), 0
    )
