# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned network as a graph: what it sees of an image, and its three answers to a prompt.

The same layers as in `training/network.py`, from the weights that were trained there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maskwright_backend.models.builtin.graph import Array, Graph, Tensor

from .layers import Layers

SIDE = 384  # of the picture it looks at
STEM, FINE, MIDDLE, COARSE, EMBEDDING = 16, 48, 64, 96, 32
HALF, QUARTER, EIGHTH, SIXTEENTH = (SIDE // stride for stride in (2, 4, 8, 16))
SPACE = {  # of the encoder's planes, name to (channels, side), in the order in which they are packed
    "stem": (STEM, HALF),
    "fine": (FINE, QUARTER),
    "embedding": (EMBEDDING, QUARTER),
    "middle": (MIDDLE, EIGHTH),
    "coarse": (COARSE, SIXTEENTH),
    "colour": (3, QUARTER),
    "edge": (1, QUARTER),
}


@dataclass(frozen=True)
class Seen:
    """What the encoder found: planes [1,C,S,S] by the names of `SPACE`."""

    planes: Mapping[str, Tensor]

    def __getitem__(self, name: str) -> Tensor:
        """Give one of them."""
        return self.planes[name]


def see(rgb: Tensor, weights: Mapping[str, Array]) -> Seen:
    """Look at a picture [1,3,512,512], 0..1."""
    layers = Layers(rgb.graph, weights, "encoder")
    picture = rgb.scaled(SIDE, SIDE)
    stem = layers.unit("stem", (picture - 0.45) / 0.25, 2)
    fine = layers.residual("fine.1", layers.unit("fine.0", stem, 2))
    middle = deepened(layers, "middle", fine)
    coarse = deepened(layers, "coarse", middle)
    deep = deepened(layers, "deep", coarse)
    overall = layers.linear("overall", deep.mean(2, 3).reshape(1, -1)).reshape(1, -1, 1, 1)
    seen = layers.unit("from_deep", deep) + overall
    coarse = layers.unit("join_coarse", layers.unit("from_coarse", coarse) + seen.enlarge(2))
    lateral = layers.unit("from_middle", middle)
    middle = layers.unit("join_middle", lateral + layers.unit("to_middle", coarse).enlarge(2))
    lateral = layers.unit("from_fine", fine)
    fine = layers.unit("join_fine", lateral + layers.unit("to_fine", middle).enlarge(2))
    return Seen(
        {
            "stem": stem,
            "fine": fine,
            "embedding": layers.plain("embedding", fine),
            "middle": middle,
            "coarse": coarse,
            "colour": opponent(picture.mean_pool(4)),
            "edge": layers.plain("edge", fine).sigmoid(),
        }
    )


def deepened(layers: Layers, name: str, planes: Tensor) -> Tensor:
    """Halve the size and convolve on."""
    planes = layers.unit(f"{name}.0", planes, 2)
    return layers.residual(f"{name}.2", layers.residual(f"{name}.1", planes))


def opponent(rgb: Tensor) -> Tensor:
    """Turn RGB into light, red against green, yellow against blue."""
    rows = ((1 / 3, 1 / 3, 1 / 3), (0.9, -0.9, 0.0), (0.5, 0.5, -1.0))
    return rgb.conv(np.array(rows, np.float32)[:, :, None, None])


def answer(seen: Seen, cues: Tensor, weights: Mapping[str, Array]) -> tuple[Tensor, Tensor]:
    """Answer a prompt drawn as cues [1,CUES,96,96]: three masks' logits [1,3,192,192], their predicted IoU [1,3]."""
    graph: Graph = cues.graph
    layers = Layers(graph, weights, "decoder")
    low = layers.residual("down_fine", layers.unit("enter_fine", graph.concat([seen["fine"], cues], 1)))
    half = graph.concat([layers.unit("to_middle", low, 2), seen["middle"]], 1)
    half = layers.residual("down_middle", layers.unit("enter_middle", half))
    quarter = layers.unit(
        "enter_coarse", graph.concat([layers.unit("to_coarse", half, 2), seen["coarse"]], 1)
    )
    quarter = quarter + layers.linear("overall", quarter.mean(2, 3).reshape(1, -1)).reshape(1, -1, 1, 1)
    quarter = layers.residual("bottom.1", layers.residual("bottom.0", quarter))
    half = layers.residual("join_middle", half + layers.unit("up_middle", quarter).enlarge(2))
    low = layers.residual("join_fine", low + layers.unit("up_fine", half).enlarge(2))
    stem = graph.op("Relu", layers.plain("up_stem", low).enlarge(2) + seen["stem"])
    masks = layers.plain("masks", layers.unit("join_stem", stem))
    shares = masks.mean_pool(2).sigmoid().reshape(3, -1)
    inside = shares @ low.reshape(FINE, -1).transpose(1, 0) / (shares.sum(1) + 4.0)
    known = graph.concat([quarter.mean(2, 3).reshape(1, -1), inside.reshape(1, -1)], 1)
    hidden = graph.op("Relu", layers.linear("quality.0", known))
    return masks, layers.linear("quality.2", hidden).sigmoid()
