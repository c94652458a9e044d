# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a picture with alpha into a cut-out: trimmed, made small, with colours that reach beyond its edge."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
LARGEST = 360  # pixels of the longer side
SOLID, CLEAR = 245, 10  # alpha, 0 to 255


def shrunk(picture: npt.NDArray[np.generic], largest: int) -> npt.NDArray[np.generic]:
    """Make the longer side at most `largest` pixels, by area."""
    scale = largest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def cutout(rgba: Pixels) -> Pixels | None:
    """Give the cut-out of an 8-bit picture with alpha (H, W, 4); None if it is none: empty, full, or tiny."""
    ys, xs = np.nonzero(rgba[..., 3] > 20)
    if len(ys) < 0.01 * rgba[..., 3].size:
        return None
    trimmed = rgba[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32)
    if min(trimmed.shape[:2]) < 24:
        return None
    alpha = trimmed[..., 3:] / 255
    small = shrunk(np.concatenate([trimmed[..., :3] * alpha, trimmed[..., 3:]], 2), LARGEST)
    alpha = np.clip(small[..., 3], 0, 255)
    if (alpha < CLEAR).mean() < 0.03 or (alpha > SOLID).mean() < 0.12:
        return None
    colour = np.clip(small[..., :3] / np.maximum(small[..., 3:] / 255, 1e-3), 0, 255)
    return np.dstack([_spread(colour, alpha), alpha]).astype(np.uint8)


def _spread(colour: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give clear pixels the colour of the nearest solid one, so that resampling draws no dark rim."""
    inside = alpha > 230
    if not inside.any():
        return colour
    _, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((int(labels.max()) + 1, 3), np.float32)
    table[labels[inside]] = colour[inside]
    return np.where((alpha > 12)[..., None], colour, table[labels])


def is_photographic(picture: Pixels) -> bool:
    """Tell a photograph from a drawing by how many different colours its solid part has."""
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_NEAREST)
    solid = small[small[..., 3] > 128][:, :3]
    colours = len(np.unique(solid, axis=0))
    return colours > 150 and colours > 0.4 * len(solid)
