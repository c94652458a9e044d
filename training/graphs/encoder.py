# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder graph: what can be known of an image before the first prompt, packed into SAM 2's three tensors.

Colour models for the algorithm, planes for the learned network.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from maskwright_backend.models.builtin import palette
from maskwright_backend.models.builtin.features import MEAN, STD, channels, lab, likeness, texture
from maskwright_backend.models.builtin.graph import Array, Graph, Tensor

from .network import see
from .space import ROOM, filled

FEATURE_SCALE = np.array([1.0, 1.5, 1.5, 1.0, 1.0], np.float32).reshape(1, 5, 1, 1)


def rows(plane: Tensor, count: int, size: int) -> Tensor:
    """Turn [1,C,size,size] into one row per pixel: [size*size,C]."""
    return plane.reshape(count, size * size).transpose(1, 0)


def build(weights: Mapping[str, Array]) -> bytes:
    """Write the encoder with the network's weights."""
    g = Graph("maskwright builtin encoder")
    image = g.input("image", [1, 3, 1024, 1024])
    colour = lab(image)
    seen = see(image.mean_pool(2) * channels(STD) + channels(MEAN), weights)
    look = g.concat([colour, texture(colour)], 1) * FEATURE_SCALE
    half, quarter = look.mean_pool(2), look.mean_pool(4)
    entries = palette.palette(rows(quarter, 5, 64))
    share = {
        64: palette.shares(rows(quarter, 5, 64), entries),
        128: palette.shares(rows(half, 5, 128), entries),
    }
    planes = {
        size: value.transpose(1, 0).reshape(1, palette.SIZE, size, size) for size, value in share.items()
    }
    like = {
        256: likeness(colour, 256),
        128: likeness(colour.mean_pool(2), 128),
        64: likeness(colour.mean_pool(4), 64),
    }
    own = {
        "high_res_feats_0": [like[256], look],
        "high_res_feats_1": [planes[128], like[128], half],
        "image_embed": [planes[64], like[64], quarter],
    }
    for name, parts in own.items():
        count, side = ROOM[name][:2]
        g.output(name, filled(name, parts, seen), [1, count, side, side])
    return g.to_bytes()
