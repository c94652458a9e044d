# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a mask is: IoU, the boundary's F-measure, clicks needed, and what corrections cost."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from .clicks import Mask

WANTED = 0.85
LOSS = 0.05


def iou(mask: Mask, truth: Mask, unknown: Mask) -> float:
    """Give the intersection over the union, where the truth is known."""
    mask, truth = mask & ~unknown, truth & ~unknown
    union = (mask | truth).sum()
    return float((mask & truth).sum() / union) if union else 1.0


def boundary_f(mask: Mask, truth: Mask, tolerance: float = 2.0) -> float:
    """Give the F-measure of two outlines within `tolerance` pixels (DAVIS's F)."""
    edges = [_edge(mask), _edge(truth)]
    if not edges[0].any() or not edges[1].any():
        return float(edges[0].any() == edges[1].any())
    near = [cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5) <= tolerance for edge in edges]
    precision = (edges[0] & near[1]).sum() / edges[0].sum()
    recall = (edges[1] & near[0]).sum() / edges[1].sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _edge(mask: Mask) -> Mask:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return mask & (cv2.erode(mask.astype(np.uint8), cross) == 0)


def clicks_needed(curve: Sequence[float], wanted: float = WANTED) -> int:
    """Count the clicks to an IoU of `wanted`; all that there were when it is not reached."""
    return next((index + 1 for index, value in enumerate(curve) if value >= wanted), len(curve))


def lost(curve: Sequence[float]) -> bool:
    """Tell whether any further click cost more than `LOSS`."""
    steps: npt.NDArray[np.float64] = np.diff(np.asarray(curve))
    return bool((steps < -LOSS).any())
