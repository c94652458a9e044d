# SPDX-License-Identifier: GPL-3.0-or-later
"""From 8-bit sRGB pixels to an image encoder's input, by the rule the model was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
from PIL import Image

from .resample import resample_planes, resample_rounded

PREPROCESSING_VERSION = "1"
"""Goes up when the same pixels give another encoder input, so that cached image embeddings are not mixed."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Triple = tuple[float, float, float]


class Resize(Enum):
    """How an image becomes the encoder's square.

    STRETCH: both axes to the full side, bilinear with antialias in float (facebookresearch/sam2).
    STRETCH_ROUNDED: the same on 8-bit values, rounded after each axis (transformers' processor for SAM 2, by
    torch's 8-bit resize).
    LONGEST_SIDE: the longer side to the full one, the other to int(x * scale + 0.5), Pillow's bilinear on 8-bit
    values; normalised, and only then padded with zeros at the right and the bottom (segment-anything).
    """

    STRETCH = "stretch"
    STRETCH_ROUNDED = "stretch-rounded"
    LONGEST_SIDE = "longest-side"


@dataclass(frozen=True)
class Preprocessing:
    """The resize rule, the square's side, and the mean and deviation in units of `value_range` (1 or 255)."""

    resize: Resize
    side: int = 1024
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    value_range: float = 1.0

    @property
    def version(self) -> str:
        """What must agree for two encoder inputs made of the same pixels to be equal."""
        numbers = "-".join(f"{value:g}" for value in (*self.mean, *self.std, self.value_range))
        return f"{PREPROCESSING_VERSION}-{self.resize.value}-{self.side}-{numbers}"

    def fitted_size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height that an image takes up in the square, from its left and top; at least 1."""
        if self.resize is not Resize.LONGEST_SIDE:
            return self.side, self.side
        scale = self.side * 1.0 / max(width, height)
        return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))

    def apply(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return (H, W, 3) 8-bit sRGB pixels as the (1, 3, side, side) input of the encoder."""
        height, width = rgb.shape[:2]
        fitted = self.fitted_size(width, height)
        planes = self._planes(rgb, fitted)
        unit = 255.0 / self.value_range
        planes -= np.array(self.mean, np.float32)[:, None, None] * np.float32(unit)
        planes *= np.float32(1.0 / unit) / np.array(self.std, np.float32)[:, None, None]
        if fitted == (self.side, self.side):
            return planes[None]
        square = np.zeros((1, 3, self.side, self.side), np.float32)
        square[0, :, : fitted[1], : fitted[0]] = planes
        return square

    def _planes(self, rgb: npt.NDArray[np.uint8], fitted: tuple[int, int]) -> npt.NDArray[np.float32]:
        """Return the resized image as (3, h, w) floats in 0..255."""
        if self.resize is Resize.STRETCH:
            return resample_planes(np.ascontiguousarray(rgb), *fitted)
        if self.resize is Resize.STRETCH_ROUNDED:
            return resample_rounded(np.ascontiguousarray(rgb), *fitted)
        small = Image.fromarray(rgb).resize(fitted, Image.Resampling.BILINEAR)
        return np.ascontiguousarray(np.asarray(small).transpose(2, 0, 1), dtype=np.float32)
