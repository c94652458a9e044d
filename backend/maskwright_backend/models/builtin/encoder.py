# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder graph: what can be known of an image before the first prompt, packed into SAM 2's three tensors."""

from __future__ import annotations

import numpy as np

from . import palette
from .features import lab, likeness, texture
from .graph import Graph, Tensor

FEATURE_SCALE = np.array([1.0, 1.5, 1.5, 1.0, 1.0], np.float32).reshape(1, 5, 1, 1)


def rows(plane: Tensor, count: int, size: int) -> Tensor:
    """Turn [1,C,size,size] into one row per pixel: [size*size,C]."""
    return plane.reshape(count, size * size).transpose(1, 0)


def padded(parts: list[Tensor], used: int, total: int) -> Tensor:
    """Join channels and fill up with zeros to `total`, as the contract's shape wants."""
    graph = parts[0].graph
    fill = np.zeros(8, np.int64)
    fill[5] = total - used
    return graph.op("Pad", graph.concat(parts, 1), fill)


def build() -> bytes:
    """Write the encoder."""
    g = Graph("maskwright builtin encoder")
    colour = lab(g.input("image", [1, 3, 1024, 1024]))
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
    g.output("high_res_feats_0", padded([like[256], look], 9, 32), [1, 32, 256, 256])
    g.output(
        "high_res_feats_1",
        padded([planes[128], like[128], half], palette.SIZE + 9, 64),
        [1, 64, 128, 128],
    )
    g.output("image_embed", padded([planes[64], like[64], quarter], palette.SIZE + 9, 256), [1, 256, 64, 64])
    return g.to_bytes()
