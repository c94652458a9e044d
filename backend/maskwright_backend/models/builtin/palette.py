# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder's palette: the colours and textures an image is made of, and each pixel's share in them."""

from __future__ import annotations

from .graph import Tensor

SIZE = 48
ROUNDS = 5
SHARPNESS = 200.0


def squared_distance(points: Tensor, entries: Tensor) -> Tensor:
    """Give |p - e|^2 for points [P,D] and entries [K,D]: [P,K]."""
    square = (points * points).sum(1)
    other = (entries * entries).sum(1).transpose(1, 0)
    return square - (points @ entries.transpose(1, 0)) * 2.0 + other


def spread_out(points: Tensor) -> Tensor:
    """Pick SIZE of the points [P,D], each the farthest from those before it, starting far from the mean: [K,D]."""
    chosen: list[Tensor] = []
    latest = points.mean(0)
    nearest: Tensor | None = None
    for _ in range(SIZE):
        step = points - latest
        distance = (step * step).sum(1)
        nearest = distance if nearest is None or len(chosen) == 1 else nearest.minimum(distance)
        latest = points.take(nearest.argmax(0), 0)
        chosen.append(latest)
    return points.graph.concat(chosen, 0)


def shares(points: Tensor, entries: Tensor) -> Tensor:
    """Assign points [P,D] softly to entries [K,D]: [P,K], rows sum to 1."""
    return (squared_distance(points, entries) * -SHARPNESS).softmax(1)


def palette(points: Tensor) -> Tensor:
    """Find the palette of the points [P,D] by k-means: [K,D]."""
    entries = spread_out(points)
    for _ in range(ROUNDS):
        weight = shares(points, entries).transpose(1, 0)
        entries = (weight @ points + entries * 0.1) / (weight.sum(1) + 0.1)
    return entries
