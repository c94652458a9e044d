# SPDX-License-Identifier: GPL-3.0-or-later
"""Computed masks as the messages that carry them, cut into frames of the size in which pixels travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from maskwright_shared.geometry import Bounds
from maskwright_shared.messages import STRIPE_BYTES, MaskInfo, Masks, ObjectMap

from ..finishing.stability import stability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..finishing.finish import FinishedMask
    from ..models.candidates import Candidates
    from .decoding import Decoded


def stripes(pixels: NDArray[Any]) -> list[memoryview]:
    """Return the bytes of a C-contiguous array as views of at most 1 MiB; none for an empty one."""
    flat = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8).data
    return [flat[start : start + STRIPE_BYTES] for start in range(0, len(flat), STRIPE_BYTES)]


def mask_reply(
    decoded: Decoded,
    finished: Sequence[tuple[int, FinishedMask]],
    generation: int = 0,
    closer: Bounds | None = None,
) -> Masks:
    """Return the reply with these finished candidates, the chosen one first, and where to look closer."""
    frames: list[memoryview] = []
    infos = []
    for index, mask in finished:
        mine = stripes(mask.alpha)
        infos.append(_info(decoded.candidates, index, mask.bounds, mask.area, len(mine)))
        frames += mine
    first = finished[0][1]
    return Masks(
        generation=generation,
        width=first.width,
        height=first.height,
        mask_id=decoded.mask_id(finished[0][0]),
        candidates=len(decoded.candidates.scores),
        provider=decoded.provider,
        milliseconds=decoded.milliseconds,
        masks=tuple(infos),
        closer=closer,
        alpha=tuple(frames),
    )


def _info(candidates: Candidates, index: int, bounds: Bounds, area: int, frames: int) -> MaskInfo:
    score = candidates.scores[index]
    return MaskInfo(
        candidate=index,
        bounds=bounds,
        score=None if score is None else float(score),
        stability=stability(candidates.logits[index], candidates.placement),
        area=int(area),
        frames=frames,
    )


def object_map_reply(labels: NDArray[np.uint16]) -> ObjectMap:
    """Return the reply with an object map of (height, width) labels."""
    height, width = labels.shape
    return ObjectMap(
        width, height, int(labels.max(initial=0)), tuple(stripes(labels.astype("<u2", copy=False)))
    )
