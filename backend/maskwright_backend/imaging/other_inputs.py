# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoder inputs that are not a normalised square: graphs that normalise or pad by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from .preprocess import Preprocessing


@dataclass(frozen=True)
class PlainStretch(Preprocessing):
    """Both axes to the full side, bilinear without antialias (torch's `interpolate`, as SegNext's predictor does)."""

    @property
    def version(self) -> str:
        """See Preprocessing; another way of resizing is another input."""
        return f"plain-{super().version}"

    def _planes(self, rgb: npt.NDArray[np.uint8], fitted: tuple[int, int]) -> npt.NDArray[np.float32]:
        """Return the resized image as (3, h, w) floats in 0..255; only the pixels that count are converted."""
        left, right, across = _neighbours(rgb.shape[1], fitted[0])
        above, below, down = _neighbours(rgb.shape[0], fitted[1])
        upper, lower = rgb[above], rgb[below]
        across, down = across[None, :, None], down[:, None, None]
        top = upper[:, left] * (1 - across) + upper[:, right] * across
        bottom = lower[:, left] * (1 - across) + lower[:, right] * across
        mixed = top * (1 - down) + bottom * down
        return np.ascontiguousarray(mixed.transpose(2, 0, 1), np.float32)


def _neighbours(
    n_in: int, n_out: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Return the two source indices of each output sample and the weight of the second (align_corners off)."""
    at = ((np.arange(n_out) + 0.5) * (n_in / n_out) - 0.5).clip(0.0, n_in - 1)
    first = at.astype(np.intp)
    return first, np.minimum(first + 1, n_in - 1), (at - first).astype(np.float32)


@dataclass(frozen=True)
class RawPixels(Preprocessing):
    """The longer side to the full one, and then (h, w, 3) values in 0..255 as they are: the graph does the rest."""

    @property
    def version(self) -> str:
        """See Preprocessing."""
        return f"raw-{super().version}"

    def apply(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return (H, W, 3) 8-bit sRGB pixels as (h, w, 3) floats in 0..255, Pillow's bilinear on 8-bit values."""
        fitted = self.fitted_size(rgb.shape[1], rgb.shape[0])
        return np.asarray(Image.fromarray(rgb).resize(fitted, Image.Resampling.BILINEAR), np.float32)
