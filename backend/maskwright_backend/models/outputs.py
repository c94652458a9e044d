# SPDX-License-Identifier: GPL-3.0-or-later
"""What a decoder gave, looked at before anybody computes with it: masks of numbers, and scores that are some."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from maskwright_shared.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = npt.NDArray[Any]

MOST_MASKS = 64
LARGEST_SIDE = 4096
LARGEST_LOGIT = 1e6
"""Beyond this nothing but the sign counts, and products would leave what 32 bits can hold."""

LARGEST_SCORE = 1e6
"""What a message can carry; a predicted IoU is about 1."""


def masks_of(values: Array) -> npt.NDArray[np.float32]:
    """Return the decoder's logits as (C, h, w), whatever axes of size 1 lead; huge ones are cut to 1e6.

    It is a copy: logits are kept for a while, and ONNX Runtime's arrays hold the whole arena that they lie in.

    Raises:
        ModelError: `model.contract` for no mask at all, or more or larger ones than any model gives;
            `model.numbers` when one of them is NaN or infinite.
    """
    shape = values.shape[-3:]
    usable = 1 <= shape[0] <= MOST_MASKS and all(1 <= side <= LARGEST_SIDE for side in shape[1:])
    if not usable or math.prod(values.shape) != math.prod(shape):
        raise ModelError("model.contract", f"The model's decoder returned masks of the shape {values.shape}.")
    masks: npt.NDArray[np.float32] = values.reshape(shape)
    low, high = float(masks.min()), float(masks.max())
    if not (math.isfinite(low) and math.isfinite(high)):  # a NaN anywhere makes both NaN
        raise ModelError(
            "model.numbers",
            "The model's answer holds numbers that are not finite, so there is no mask: change the prompts, "
            "or choose another model.",
        )
    return np.clip(masks, -LARGEST_LOGIT, LARGEST_LOGIT)


def scores_of(outputs: Sequence[Array], count: int) -> tuple[float | None, ...]:
    """Return one score for each of `count` masks: None where there is none, or one that no score can be."""
    scores = [_score(float(value)) for values in outputs for value in values.reshape(-1)[:count]]
    return (*scores, *([None] * (count - len(scores))))


def _score(value: float) -> float | None:
    return value if abs(value) <= LARGEST_SCORE else None  # NaN never is
