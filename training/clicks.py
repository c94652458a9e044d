# SPDX-License-Identifier: GPL-3.0-or-later
"""People, simulated: first clicks anywhere on an object, corrections in what is wrong, boxes tight and loose."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Random = np.random.Generator
Click = tuple[float, float, int]  # x, y in pixels of the mask, and 1 for object or 0 for background


def depth(mask: Mask) -> npt.NDArray[np.float32]:
    """Measure how far inside the mask each pixel lies; beyond the picture counts as outside."""
    return cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]


def middle_click(answer: Mask, truth: Mask, ignored: Mask | None = None) -> Click | None:
    """Click the middle of the largest wrong region, as evaluations do; None when nothing is wrong."""
    return _click(answer, truth, lambda deep: deep >= deep.max() * 0.999, ignored)


def loose_click(rng: Random, answer: Mask, truth: Mask) -> Click | None:
    """Click somewhere in the largest wrong region, as people do: half in its middle, half anywhere not at its rim."""
    level = 0.999 if rng.random() < 0.4 else rng.uniform(0.15, 0.7)
    return _click(answer, truth, lambda deep: deep >= deep.max() * level, None, rng)


def _click(answer: Mask, truth: Mask, place, ignored: Mask | None, rng: Random | None = None) -> Click | None:  # noqa: ANN001
    wrong = [(truth & ~answer, 1), (answer & ~truth, 0)]
    if ignored is not None:
        wrong = [(region & ~ignored, label) for region, label in wrong]
    depths = [(depth(region), label) for region, label in wrong]
    deep, label = max(depths, key=lambda entry: entry[0].max())
    if deep.max() <= 0:
        return None
    ys, xs = np.nonzero(place(deep))
    index = 0 if rng is None else int(rng.integers(len(ys)))
    return float(xs[index]) + 0.5, float(ys[index]) + 0.5, label


def box(truth: Mask) -> npt.NDArray[np.float64]:
    """Give the tight box around a mask: x0, y0, x1, y1."""
    ys, xs = np.nonzero(truth)
    return np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float64)


def hasty_box(rng: Random, truth: Mask) -> npt.NDArray[np.float64]:
    """Give a box as people draw them: a third tight, a third a little off, a third too loose by up to a sixth."""
    tight = box(truth)
    size = np.tile(tight[2:] - tight[:2], 2)
    draw = rng.random()
    if draw < 0.33:
        moved = tight
    elif draw < 0.66:
        moved = tight + rng.normal(0, 0.03, 4) * size
    else:
        moved = tight + np.array([-1, -1, 1, 1]) * rng.uniform(0, 0.16, 4) * size
    return np.clip(moved, 0, np.tile(truth.shape[::-1], 2))


def rough_mask(rng: Random, truth: Mask) -> Mask:
    """Give somebody's earlier mask: the truth with its edge moved, a piece more or less."""
    size = int(rng.integers(2, 9))
    move = cv2.dilate if rng.random() < 0.5 else cv2.erode
    mask = move(truth.astype(np.uint8), np.ones((size, size), np.uint8))
    height, width = truth.shape
    for _ in range(int(rng.integers(0, 3))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(mask, centre, int(rng.integers(4, width // 6)), int(rng.integers(2)), -1)
    return mask > 0
