# SPDX-License-Identifier: GPL-3.0-or-later
"""The stability score: how little a mask changes when its threshold moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .axis import used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement


def stability(
    logits: NDArray[np.float32],
    placement: Placement | None = None,
    threshold: float = 0.0,
    offset: float = 1.0,
) -> float:
    """Return the IoU of the masks at `threshold` - `offset` and + `offset` (Kirillov et al. 2023), 0 to 1.

    Taken on the low-res logits, (h, w) float32; with a placement, only on the samples that lie in the image. 0
    where both masks are empty.
    """
    if placement is not None:
        logits = logits[: used(placement.y), : used(placement.x)]
    wide = int(np.count_nonzero(logits > threshold - offset))
    return int(np.count_nonzero(logits > threshold + offset)) / wide if wide else 0.0
