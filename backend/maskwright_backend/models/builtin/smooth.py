# SPDX-License-Identifier: GPL-3.0-or-later
"""The cut: total-variation segmentation, the convex form of a graph cut, by unrolled primal-dual steps.

Minimises  sum over neighbours of likeness * |u - u'|  -  sum of evidence * u  over 0 <= u <= 1
(A. Chambolle and T. Pock, "A first-order primal-dual algorithm for convex problems", 2011).
Planes are kept flat, [B,S*S]: a neighbour is then a shift along one axis, which is the fastest way in ONNX Runtime.
Where a shift would wrap around a side of the image, the likeness is 0.
"""

from __future__ import annotations

import numpy as np

from maskwright_backend.models.builtin.graph import Tensor

PRIMAL_STEP = 0.175


class Cut:
    """A cut in progress on one grid: holds the likeness and the dual variables between runs."""

    def __init__(self, likeness: Tensor, size: int, directions: int = 4) -> None:
        """Take the likeness [1,4,size,size]; use the first 2 or all 4 `directions`."""
        self.size, self.shifts = size, (1, size, size + 1, size - 1)[:directions]
        self.dual_step = 0.9 / (4 * directions * PRIMAL_STEP)
        rows = [likeness.cut(1, k, k + 1).reshape(1, size * size).cut(1, 0, size * size - shift) for k, shift in enumerate(self.shifts)]
        # going down-left from (y, x) means size - 1 ahead of it, but the likeness is kept at the upper pixel
        self.ceilings = rows
        self.floors = [-row for row in rows]
        self.flows: list[Tensor] | None = None

    def __call__(self, inside: Tensor, evidence: Tensor, steps: int) -> Tensor:
        """Run `steps` more from `inside` [B,1,S,S] under `evidence` of the same shape."""
        cells = self.size * self.size
        now, push = inside.reshape(-1, cells), evidence.reshape(-1, cells) * PRIMAL_STEP
        ahead = now
        for _ in range(steps):
            pull = self._flow_back(ahead * self.dual_step)
            following = (now + (push - pull * PRIMAL_STEP)).clip(0.0, 1.0)
            ahead, now = following * 2.0 - now, following
        return now.reshape(-1, 1, self.size, self.size)

    def _flow_back(self, ahead: Tensor) -> Tensor:
        """Let the flows follow the slopes of `ahead`, within the likeness; give what they take from each cell."""
        cells, total = self.size * self.size, None
        flows = []
        for place, shift in enumerate(self.shifts):
            flow = ahead.cut(1, shift) - ahead.cut(1, 0, cells - shift)
            if self.flows is not None:
                flow = self.flows[place] + flow
            flow = flow.minimum(self.ceilings[place]).maximum(self.floors[place])
            flows.append(flow)
            padded = flow.graph.op("Pad", flow, np.array([0, shift, 0, shift], np.int64))
            taken = padded.cut(1, 0, cells) - padded.cut(1, shift)
            total = taken if total is None else total + taken
        self.flows = flows
        return -total if total is None else total
