# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network is told about a prompt, as planes [1,CUES,96,96]; the same as `training/cues.py` draws."""

from __future__ import annotations

from functools import reduce

import numpy as np

from maskwright_backend.models.builtin.graph import Array, Graph, Tensor
from maskwright_backend.models.builtin.prompts import Prompt, columns, lines

from .network import QUARTER, Seen

HEADS, HEAD = 4, 8
BINS = 8
SWEEPS = 2
UNREACHED = 50.0
CELLS = QUARTER * QUARTER


def cues(seen: Seen, prompt: Prompt) -> Tensor:
    """Draw all planes."""
    graph = prompt.graph
    squares = prompt.squared_distances(QUARTER) * float(CELLS)
    near, away = (nearest(squares, kind) for kind in (prompt.positive, prompt.negative))
    seeds, barred = 1.0 - near.above(1.4999), 1.0 - away.above(1.4999)
    in_box = inside(prompt)
    out_box = (1.0 - in_box) * prompt.has_box.reshape(1, 1, 1)
    outside = barred.maximum(out_box)
    reach = (geodesics(seen, graph.concat([seeds, outside, seeds, outside], 0)) * -falls()).exp()
    at = click_cells(prompt)
    earlier = prompt.mask_input.scaled(QUARTER, QUARTER).sigmoid().reshape(1, QUARTER, QUARTER)
    has_mask = prompt.has_mask.reshape(1, 1, 1)
    disc = (near * (-1 / (2 * (0.1 * QUARTER) ** 2))).exp()
    has_box = prompt.has_box.reshape(1, 1, 1)
    begun = in_box * has_box + disc * (1.0 - has_box)
    believed = earlier * has_mask + begun * (1.0 - has_mask)
    believed = (believed * (1.0 - barred)).maximum(seeds)
    planes = [
        (near * -0.25).exp(), (away * -0.25).exp(),
        (near.sqrt() * (-4 / QUARTER)).exp(), (away.sqrt() * (-4 / QUARTER)).exp(),
        (earlier * 2.0 - 1.0) * has_mask, in_box, out_box, reach,
        *alike_in_colour(seen, at, prompt), colour_odds(seen, believed),
        alike(seen, at, prompt, believed),
    ]  # fmt: skip
    return graph.concat(planes, 0).reshape(1, -1, QUARTER, QUARTER)


def nearest(squares: Tensor, kind: Tensor) -> Tensor:
    """Reduce squared distances [N,S,S] to those to the nearest point of a kind, 1e4 without one: [1,S,S]."""
    return (squares * kind + (1.0 - kind) * 1e4).min(0).minimum(1e4)


def inside(prompt: Prompt) -> Tensor:
    """Mark the cells in the box: [1,S,S]."""
    within = [
        (1.0 - low.reshape(1, 1, 1).above(cells)) * (1.0 - (-high.reshape(1, 1, 1)).above(-cells))
        for low, high, cells in zip(prompt.low, prompt.high, (columns(QUARTER), lines(QUARTER)), strict=True)
    ]
    return within[0] * within[1] * prompt.has_box.reshape(1, 1, 1)


def falls() -> Array:
    """Give how fast a walk's cost makes a cell unlikely, for the four walks."""
    return np.array([2.0, 2.0, 0.7, 0.7], np.float32).reshape(4, 1, 1)


def geodesics(seen: Seen, starts: Tensor) -> Tensor:
    """Measure the cheapest walks from four kinds of starts [4,S,S]: two over colours, two over learned edges."""
    graph, colour = starts.graph, seen["colour"].reshape(3, QUARTER, QUARTER)
    edge = seen["edge"].reshape(1, QUARTER, QUARTER)
    walk = (1.0 - starts) * UNREACHED
    totals = {}
    for axis in (1, 2):
        step = colour.cut(axis, 1) - colour.cut(axis, 0, -1)
        by_colour = (step * step).sum(0).sqrt() + 0.006
        by_edge = edge.cut(axis, 1).maximum(edge.cut(axis, 0, -1)) + 0.02
        costs = graph.concat([by_colour, by_colour, by_edge, by_edge], 0)
        start = np.zeros(6, np.int64)
        start[axis] = 1
        totals[axis] = graph.op("Pad", costs, start).running_sum(axis)
    for _ in range(SWEEPS):
        walk = swept(swept(walk, totals[2], 2), totals[1], 1)
    return walk


def swept(walk: Tensor, total: Tensor, axis: int) -> Tensor:
    """Let every cell be reached along one axis, both ways; `total` is the cost from the side."""
    walk = total + running_min(walk - total, axis, backwards=False)
    return running_min(walk + total, axis, backwards=True) - total


def running_min(values: Tensor, axis: int, *, backwards: bool) -> Tensor:
    """Take the least of each and all before it (or after), in steps that double."""
    reach = 1
    while reach < QUARTER:
        pads = np.zeros(6, np.int64)
        pads[axis + (3 if backwards else 0)] = reach
        moved = values.graph.op("Pad", values, pads, 1e6)
        moved = moved.cut(axis, reach) if backwards else moved.cut(axis, 0, -reach)
        values = values.minimum(moved)
        reach *= 2
    return values


def click_cells(prompt: Prompt) -> Tensor:
    """Give the cell of every point: int64 [N]."""
    column, row = (
        (at.reshape(-1) * float(QUARTER)).clip(0.0, QUARTER - 1.0).whole() for at in (prompt.x, prompt.y)
    )
    return prompt.graph.op("Add", prompt.graph.op("Mul", row, np.array([QUARTER])), column)


def alike_in_colour(seen: Seen, at: Tensor, prompt: Prompt) -> list[Tensor]:
    """Say how like the colours at the clicks each cell is, foreground and background: [1,S,S] twice."""
    flat = seen["colour"].reshape(3, 1, CELLS)
    picked = flat.reshape(3, CELLS).take(at, 1).reshape(3, -1, 1)
    unlike = ((flat - picked) * (flat - picked)).sum(0).sqrt().reshape(-1, QUARTER, QUARTER)
    kinds = (prompt.positive, prompt.negative)
    return [((unlike * kind + (1.0 - kind) * 1e4).min(0) * -4.0).exp() for kind in kinds]


def colour_odds(seen: Seen, believed: Tensor) -> Tensor:
    """Compare the colours of what is believed to be the object with those of the rest: log odds / 4, [1,S,S]."""
    graph: Graph = believed.graph
    colour = seen["colour"].reshape(3, CELLS)
    scale = (
        np.array([1.0, 0.7, 0.7], np.float32).reshape(3, 1),
        np.array([0.0, 0.5, 0.5], np.float32).reshape(3, 1),
    )
    steps = ((colour * scale[0] + scale[1]) * float(BINS)).clip(0.0, BINS - 1.0).whole()
    weights = np.array([BINS * BINS, BINS, 1], np.int64).reshape(3, 1)
    bins = graph.op("ReduceSum", graph.op("Mul", steps, weights), np.array([0]), keepdims=0)
    share, logs = believed.reshape(CELLS), []
    for weight in (share, 1.0 - share):
        empty = np.zeros(BINS**3, np.float32)
        counts = graph.op("ScatterElements", empty, bins, weight, axis=0, reduction="add")
        cube = counts.reshape(1, 1, BINS, BINS, BINS)
        blurred = graph.op("AveragePool", cube, kernel_shape=[3] * 3, pads=[1] * 6, count_include_pad=1)
        counts = counts + blurred.reshape(BINS**3) * 2.0
        logs.append((counts / (counts.sum(0) + 1e-3) + 2e-4).log())
    return ((logs[0] - logs[1]).take(bins, 0) * 0.25).reshape(1, QUARTER, QUARTER)


def alike(seen: Seen, at: Tensor, prompt: Prompt, believed: Tensor) -> Tensor:
    """Compare embeddings with those at the clicks, of the object so far, of the rest: [4*HEADS,S,S]."""
    graph = believed.graph
    heads = seen["embedding"].reshape(HEADS, HEAD, CELLS)
    unit = heads / (heads * heads).sum(1).sqrt().maximum(1e-12)
    picked = unit.take(at, 2).transpose(0, 2, 1)
    similar = picked @ unit
    best = [
        (similar * kind.reshape(1, -1, 1) + (kind.reshape(1, -1, 1) - 1.0)).max(1)
        for kind in (prompt.positive, prompt.negative)
    ]
    share = believed.reshape(1, CELLS)
    shares = graph.concat([part / (part.sum(1) + 1e-3) for part in (share, 1.0 - share)], 0)
    mean = unit @ shares.transpose(1, 0)
    mean = mean / (mean * mean).sum(1).sqrt().maximum(1e-12)
    typical = mean.transpose(0, 2, 1) @ unit
    parts = [*best, typical.cut(1, 0, 1), typical.cut(1, 1, 2)]
    return reduce(
        lambda one, other: graph.concat([one, other], 0),
        [part.reshape(HEADS, QUARTER, QUARTER) for part in parts],
    )
