# SPDX-License-Identifier: GPL-3.0-or-later
"""The one colour that a file declares transparent (PNG's tRNS, GIF's index), as alpha, in whatever depth it says so.

PNG (W3C, 11.3.1.1) compares the samples as stored; Pillow hands out samples widened or narrowed to 8 bits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Pixels = NDArray[np.uint8]

_WIDENED = {"L;2": 85, "L;4": 17}
"""What a sample of 2 or 4 bits is multiplied by when it becomes 8."""


def raw_mode(image: ImageFile) -> str:
    """Return how the file stores its samples; to be asked before they are read."""
    if not image.tile:
        return ""
    arguments: Any = image.tile[0][3]
    return str(arguments if isinstance(arguments, str) else (arguments or ("",))[0])


def declared_alpha(image: Image, raw: str, path: Path) -> Pixels | None:
    """Return (height, width) alpha of 0 and 255 by the declared colour; None where none is declared for this mode.

    `image` is read and not yet turned upright, `raw` what `raw_mode` said. Palettes are Pillow's own business.
    """
    colour = image.info.get("transparency")
    if image.mode.startswith("I") and isinstance(colour, int):
        return _alpha(np.asarray(image) == colour)
    if image.mode == "1" and isinstance(colour, int):
        return _alpha(np.asarray(image) == bool(colour))
    if image.mode == "L" and isinstance(colour, int):
        return _alpha(np.asarray(image) == colour * _WIDENED.get(raw, 1))
    if image.mode == "RGB" and isinstance(colour, tuple) and len(colour) == 3:
        pixels = _deep_colours(path) if ";16" in raw else np.asarray(image)
        if pixels.shape[2] == 4:
            return np.asarray(pixels[..., 3] >> 8, np.uint8)
        return _alpha((pixels == np.array(colour, pixels.dtype)).all(axis=2))
    return None


def _alpha(transparent: Any) -> Pixels:
    alpha: Pixels = np.asarray(transparent).view(np.uint8)
    alpha -= 1  # in place: true becomes 0, and false 255
    return alpha


def _deep_colours(path: Path) -> Any:
    """Return (height, width, 3 or 4) samples of 16 bits as stored, which Pillow has no mode for."""
    read = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if read is None or read.dtype != np.uint16:
        raise ValueError("the samples of 16 bits cannot be read")
    order = [2, 1, 0, 3][: read.shape[2]]
    return read[..., order]
