# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of the learned network, written with the weights of their names; batch norms are folded into them."""

from __future__ import annotations

from collections.abc import Mapping

from maskwright_backend.models.builtin.graph import Array, Graph, Tensor


class Layers:
    """Writes layers of one part of the network; `name` leads to the weights: "encoder.stem" and the like."""

    def __init__(self, graph: Graph, weights: Mapping[str, Array], part: str) -> None:
        """Take all weights, of which those that begin with `part` are used."""
        self._graph, self._weights, self._part = graph, weights, part

    def _stored(self, name: str) -> Tensor:
        full = f"{self._part}.{name}"
        return self._graph.weight(full, self._weights[full])

    def plain(self, name: str, planes: Tensor, stride: int = 1) -> Tensor:
        """Convolve, without more."""
        size = self._weights[f"{self._part}.{name}.weight"].shape[-1]
        return planes.layer(
            self._stored(f"{name}.weight"), self._stored(f"{name}.bias"), stride=stride, size=size
        )

    def unit(self, name: str, planes: Tensor, stride: int = 1) -> Tensor:
        """Convolve and cut off what is negative."""
        return self._graph.op("Relu", self.plain(f"{name}.0", planes, stride))

    def residual(self, name: str, planes: Tensor) -> Tensor:
        """Convolve twice around the input."""
        twice = self.plain(f"{name}.second.0", self.unit(f"{name}.first", planes))
        return self._graph.op("Relu", planes + twice)

    def linear(self, name: str, rows: Tensor) -> Tensor:
        """Multiply rows [N,C] by a matrix and add."""
        matrix, bias = self._stored(f"{name}.weight"), self._stored(f"{name}.bias")
        return self._graph.op("Gemm", rows, matrix, bias, transB=1)
