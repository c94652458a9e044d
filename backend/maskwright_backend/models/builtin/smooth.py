# SPDX-License-Identifier: GPL-3.0-or-later
"""The cut: total-variation segmentation, the convex form of a graph cut, by unrolled primal-dual steps.

Minimises  sum over neighbours of likeness * |u - u'|  -  sum of evidence * u  over 0 <= u <= 1
(A. Chambolle and T. Pock, "A first-order primal-dual algorithm for convex problems", 2011).
Planes are kept flat, [B,S*S]: a neighbour is then a shift along one axis, which is the fastest way in ONNX Runtime.
Where a shift would wrap around a side of the image, the likeness is 0.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np

from .graph import Tensor

PRIMAL_STEP = 0.175


class Cut:
    """A cut in progress on one grid: holds the likeness and the dual variables between runs."""

    def __init__(self, likeness: Tensor, size: int, directions: int) -> None:
        """Take the likeness [1,4,size,size]; use the first `directions` of its four (2: across and down)."""
        self.size = size
        self.shifts = (1, size, size + 1, size - 1)[:directions]
        self.dual_step = 0.9 / (4 * directions * PRIMAL_STEP)  # below 1 / (|differences|^2 * PRIMAL_STEP)
        flat = likeness.reshape(1, 4, size * size)
        self.ceilings = [
            flat.cut(1, k, k + 1).reshape(1, size * size).cut(1, 0, size * size - shift)
            for k, shift in enumerate(self.shifts)
        ]
        self.floors = [-ceiling for ceiling in self.ceilings]
        self.flows: list[Tensor] = []

    def __call__(self, inside: Tensor, evidence: Tensor, steps: int) -> Tensor:
        """Run `steps` more from `inside` [B,1,S,S] under `evidence` of the same shape."""
        cells = self.size * self.size
        now, push = inside.reshape(-1, cells), evidence.reshape(-1, cells) * PRIMAL_STEP
        ahead = now
        for _ in range(steps):
            self._follow(ahead * self.dual_step)
            following = (now + (push - self._pull() * PRIMAL_STEP)).clip(0.0, 1.0)
            ahead, now = following * 2.0 - now, following
        return now.reshape(-1, 1, self.size, self.size)

    def _follow(self, ahead: Tensor) -> None:
        """Let each flow follow the slopes of `ahead`, within the likeness."""
        slopes = [ahead.cut(1, shift) - ahead.cut(1, 0, self.size**2 - shift) for shift in self.shifts]
        if self.flows:
            slopes = [flow + slope for flow, slope in zip(self.flows, slopes, strict=True)]
        limits = zip(slopes, self.ceilings, self.floors, strict=True)
        self.flows = [slope.minimum(ceiling).maximum(floor) for slope, ceiling, floor in limits]

    def _pull(self) -> Tensor:
        """Sum what the flows take from each cell: [B,S*S]."""
        taken = []
        for flow, shift in zip(self.flows, self.shifts, strict=True):
            padded = flow.graph.op("Pad", flow, np.array([0, shift, 0, shift], np.int64))
            taken.append(padded.cut(1, 0, self.size**2) - padded.cut(1, shift))
        return reduce(add, taken)
