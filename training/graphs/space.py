# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the network's planes lie in SAM 2's tensors: in the channels that the colour models leave free."""

from __future__ import annotations

from math import prod

import numpy as np

from maskwright_backend.models.builtin import palette
from maskwright_backend.models.builtin.graph import Tensor

from .network import SPACE, Seen

ROOM = {  # tensor: its channels, its side, the first free channel, the planes that go there
    "high_res_feats_0": (32, 256, 9, ("stem", "fine", "embedding")),
    "high_res_feats_1": (64, 128, palette.SIZE + 9, ()),
    "image_embed": (256, 64, palette.SIZE + 9, ("middle", "coarse", "colour", "edge")),
}


def filled(name: str, own: list[Tensor], seen: Seen) -> Tensor:
    """Join a tensor's own channels, the network's planes one after another, and zeros up to its shape."""
    channels, side, used, names = ROOM[name]
    graph = own[0].graph
    free = (channels - used) * side * side
    parts = [seen[plane].reshape(1, -1) for plane in names]
    left = free - sum(SPACE[plane][0] * SPACE[plane][1] ** 2 for plane in names)
    flat = graph.concat([*parts, np.zeros((1, 1), np.float32)], 1)
    flat = graph.op("Pad", flat, np.array([0, 0, 0, left - 1], np.int64))
    return graph.concat([*own, flat.reshape(1, channels - used, side, side)], 1)


def found(tensors: dict[str, Tensor]) -> Seen:
    """Take the network's planes out of the tensors again."""
    planes = {}
    for name, tensor in tensors.items():
        _, _, used, names = ROOM[name]
        flat, start = tensor.cut(1, used).reshape(1, -1), 0
        for plane in names:
            channels, side = SPACE[plane]
            size = prod((channels, side, side))
            planes[plane] = flat.cut(1, start, start + size).reshape(1, channels, side, side)
            start += size
    return Seen(planes)
