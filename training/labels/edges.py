# SPDX-License-Identifier: GPL-3.0-or-later
"""Where exactly an edge runs: GrabCut in many small overlapping windows.

Colours count only where they are near: one colour model for a whole animal knows too little of its white
foot on snow, a window of a few dozen pixels knows exactly what meets there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW, STRIDE = 64, 24
ROUNDS = 3
LEAST = 12
"""Pixels that must be known of each side before a window has a say."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Places = NDArray[np.int32]


def around(picture: Pixels, shape: Mask, band: float, inside: Mask, outside: Mask) -> Mask:
    """Move the edge of `shape` to where the picture has one, at most `band` pixels away.

    Args:
        picture: RGB, (height, width, 3).
        shape: where the object is, roughly; (height, width).
        band: half the strip's width, in pixels.
        inside: what is object for sure, wherever it lies.
        outside: what is not.

    Returns:
        The object's mask.
    """
    trimap = _trimap(shape, band, inside, outside)
    open_cells = trimap >= cv2.GC_PR_BGD
    votes = np.zeros(shape.shape, np.float32)
    weight = np.full(shape.shape, 1e-6, np.float32)
    for rows, columns in _windows(open_cells):
        answer = _grab(picture[rows, columns], trimap[rows, columns])
        if answer is not None:
            tent = _tent(answer.shape)
            votes[rows, columns] += answer * tent
            weight[rows, columns] += tent
    decided = np.where(weight > 1e-3, votes / weight > 0.5, shape)
    return np.where(open_cells, decided, trimap == cv2.GC_FGD)


def _trimap(shape: Mask, band: float, inside: Mask, outside: Mask) -> Pixels:
    solid = shape.astype(np.uint8)
    within = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    beyond = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    trimap = np.where(shape, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    trimap[within > band], trimap[beyond > band] = cv2.GC_FGD, cv2.GC_BGD
    trimap[inside], trimap[outside] = cv2.GC_FGD, cv2.GC_BGD
    return trimap


def _windows(open_cells: Mask) -> list[tuple[slice, slice]]:
    height, width = open_cells.shape
    places = [
        (slice(y, y + WINDOW), slice(x, x + WINDOW))
        for y in range(-WINDOW // 2, height, STRIDE)
        for x in range(-WINDOW // 2, width, STRIDE)
    ]
    clipped = [(slice(max(r.start, 0), r.stop), slice(max(c.start, 0), c.stop)) for r, c in places]
    return [place for place in clipped if open_cells[place].any()]


def _tent(shape: tuple[int, ...]) -> NDArray[np.float32]:
    ramps = [1.05 - np.abs(np.linspace(-1, 1, length, dtype=np.float32)) for length in shape]
    return np.outer(*ramps).astype(np.float32)


def _grab(picture: Pixels, trimap: Pixels) -> Mask | None:
    object_cells = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    if min(object_cells.sum(), (~object_cells).sum()) < LEAST:
        return None
    answer = np.ascontiguousarray(trimap)
    cv2.setRNGSeed(1)
    cv2.grabCut(
        np.ascontiguousarray(picture[..., ::-1]),
        answer,
        None,
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    return np.isin(answer, (cv2.GC_FGD, cv2.GC_PR_FGD))
