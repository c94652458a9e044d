# SPDX-License-Identifier: GPL-3.0-or-later
"""What the decoder reads from a prompt: distances to clicks, the inside of the box, the earlier mask."""

from __future__ import annotations

import numpy as np

from .graph import Array, Graph, Tensor

FAR = 9.0  # a squared distance beyond any in the image, whose side is 1


class Prompt:
    """The prompt inputs of the graph; positions are in units of the image's side, origin at the top left."""

    def __init__(self, g: Graph) -> None:
        """Declare the four inputs, and append a padding point so that no list of points is empty."""
        coords = g.input("point_coords", [1, "N", 2])
        labels = g.input("point_labels", [1, "N"])
        self.mask_input = g.input("mask_input", [1, 1, 256, 256])
        self.has_mask = g.input("has_mask_input", [1]).reshape(1, 1, 1, 1)
        self.graph = g
        points = g.concat([coords * (1 / 1024), np.zeros((1, 1, 2), np.float32)], 1)
        self.label = g.concat([labels, np.full((1, 1), -1, np.float32)], 1).reshape(-1, 1, 1)
        self.x = points.cut(2, 0, 1).reshape(-1, 1, 1)
        self.y = points.cut(2, 1, 2).reshape(-1, 1, 1)
        self.positive, self.negative = self.label.equals(1.0), self.label.equals(0.0)
        self.has_positive, self.has_negative = (
            kind.max(0).reshape(1, 1, 1, 1) for kind in (self.positive, self.negative)
        )
        first, second = self.label.equals(2.0), self.label.equals(3.0)
        self.has_box = (first.max(0) * second.max(0)).reshape(1, 1, 1, 1)
        one, two = ([(pick * at).sum(0) for at in (self.x, self.y)] for pick in (first, second))
        self.low = [a.minimum(b).reshape(1, 1, 1, 1) for a, b in zip(one, two, strict=True)]
        self.high = [a.maximum(b).reshape(1, 1, 1, 1) for a, b in zip(one, two, strict=True)]

    def newest(self) -> Tensor:
        """Mark the newest click, the last of the list: [N,1,1]."""
        clicks = (self.positive + self.negative).reshape(-1)
        upto = clicks.running_sum(0)
        return (clicks * (1.0 - (upto.max(0) - upto).above(0.5))).reshape(-1, 1, 1)

    def last_is_positive(self) -> Tensor:
        """Tell whether the newest click is a foreground click: [1,1,1,1]."""
        return (self.newest() * self.positive).sum(0).reshape(1, 1, 1, 1)

    def squared_distances(self, size: int) -> Tensor:
        """Measure from every point to every cell of a grid: [N,size,size]."""
        across, down = self.x - columns(size), self.y - lines(size)
        return across * across + down * down

    def nearest(self, squares: Tensor, kind: Tensor) -> Tensor:
        """Reduce squared distances [N,S,S] to those to the nearest point of a `kind`: [1,1,S,S]."""
        least = (squares + (1.0 - kind) * FAR).min(0)
        return self.graph.op("Unsqueeze", least, np.array([0], np.int64))

    def seeds(self, size: int, cells: float) -> Tensor:
        """Mark the cells whose centre is within `cells` of a click: [1,1,size,size], 1 object, -1 background."""
        squares, reach = self.squared_distances(size), (cells / size) ** 2
        close = [1.0 - self.nearest(squares, kind).above(reach) for kind in (self.positive, self.negative)]
        return close[0] - close[1]

    def between(self, kind: Tensor) -> Tensor:
        """Measure from every point to the nearest point of a `kind` (a 0/1 flag each): [N,1,1], squared."""
        across, down = self.x - self.x.reshape(1, -1, 1), self.y - self.y.reshape(1, -1, 1)
        return (across * across + down * down + (1.0 - kind.reshape(1, -1, 1)) * FAR).min(1)

    def box_depth(self, size: int) -> Tensor:
        """Say how deep each cell lies in the box, 0 at a side, 1 in the middle, negative outside: [1,1,size,size]."""
        depths: list[Tensor] = []
        for low, high, cells in zip(self.low, self.high, (columns(size), lines(size)), strict=True):
            half = ((high - low) * 0.5).maximum(0.5 / size)
            depths.append((half - (cells - (low + high) * 0.5).abs()) / half)
        return depths[0].minimum(depths[1])

    def box_gap(self, size: int) -> Tensor:
        """Measure how far outside the box each cell lies, 0 inside: [1,1,size,size]."""
        gaps = [
            (low - cells).maximum(cells - high).maximum(0.0)
            for low, high, cells in zip(self.low, self.high, (columns(size), lines(size)), strict=True)
        ]
        return gaps[0].maximum(gaps[1])

    def span(self) -> Tensor:
        """Give the box's area as a share of the image's: [1,1,1,1]."""
        return (self.high[0] - self.low[0]) * (self.high[1] - self.low[1])


def columns(size: int) -> Array:
    """Give the x of a grid's cell centres, to broadcast over [...,size,size]."""
    return ((np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)).reshape(1, 1, size)


def lines(size: int) -> Array:
    """Give the y of a grid's cell centres, to broadcast over [...,size,size]."""
    return columns(size).reshape(1, size, 1)
