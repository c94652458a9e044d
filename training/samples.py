# SPDX-License-Identifier: GPL-3.0-or-later
"""One training sample: a piece of a scene, what is asked for in it, and the other readings of a click there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .clicks import Mask, Random

LEAST, MOST = 0.004, 0.8  # of the picture that may be asked for


@dataclass
class Sample:
    """RGB (R, R, 3) bytes; the masks at (R/2, R/2): asked for, part and whole; edges at (R/4, R/4)."""

    picture: npt.NDArray[np.uint8]
    asked: Mask
    part: Mask
    whole: Mask
    edges: Mask
    edges_known: bool = True  # a photograph has more outlines than those that were labelled


def cropped(rng: Random, scene: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """Cut a piece out of a scene (H, W, 5), stretch it to a square, mirror it or not."""
    height, width = scene.shape[:2]
    share = rng.uniform(0.6, 1.0) if rng.random() < 0.75 else 1.0
    rows, columns = (
        int(size * np.clip(share * np.exp(rng.normal(0, 0.1)), 0.5, 1)) for size in (height, width)
    )
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    piece = scene[top : top + rows, left : left + columns]
    piece = piece[:, ::-1] if rng.random() < 0.5 else piece
    way = cv2.INTER_AREA if rows > side else cv2.INTER_LINEAR
    colour = cv2.resize(np.ascontiguousarray(piece[..., :3]), (side, side), interpolation=way)
    labels = cv2.resize(np.ascontiguousarray(piece[..., 3:]), (side, side), interpolation=cv2.INTER_NEAREST)
    return np.dstack([colour, labels])


def sample(rng: Random, scene: npt.NDArray[np.uint8], side: int) -> Sample | None:
    """Choose an object, or now and then a part of one; None when the piece shows nothing to choose."""
    piece = cropped(rng, scene, side)
    objects, parts = piece[..., 3], piece[..., 4]
    names, counts = np.unique(objects[objects > 0], return_counts=True)
    names, counts = names[counts > LEAST * side * side], counts[counts > LEAST * side * side]
    if not len(names):
        return None
    chosen = rng.choice(names, p=counts**0.5 / (counts**0.5).sum())
    whole = objects == chosen
    pieces, sizes = np.unique(parts[whole], return_counts=True)
    part = whole & (parts == rng.choice(pieces, p=sizes / sizes.sum()))
    asked = part if len(pieces) > 1 and part.sum() > 0.02 * side * side and rng.random() < 0.12 else whole
    halved = [_halved(mask) for mask in (asked, part, whole)]
    if not LEAST * 0.5 < halved[0].mean() < MOST:
        return None
    gradient = cv2.morphologyEx(objects, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    edges = gradient.reshape(side // 4, 4, side // 4, 4).any((1, 3))
    return Sample(_varied(rng, piece[..., 2::-1]), *halved, edges)


def _halved(mask: Mask) -> Mask:
    size = (mask.shape[1] // 2, mask.shape[0] // 2)
    return cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 127


def _varied(rng: Random, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if rng.random() < 0.5:
        return np.ascontiguousarray(picture)
    gains = np.float32(rng.normal(1, 0.15) * np.exp(rng.normal(0, 0.07, 3)))
    return np.clip(picture * gains + np.float32(rng.normal(0, 10)), 0, 255).astype(np.uint8)
