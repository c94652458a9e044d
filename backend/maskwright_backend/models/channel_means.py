# SPDX-License-Identifier: GPL-3.0-or-later
"""Means over an image's channels as convolutions, which ONNX Runtime computes several times as fast.

SAM's decoders normalise over channels (LayerNorm2d) at 128 and 256 cells a side, exported as ReduceMean over axis 1.
A 1 x 1 convolution with equal weights is the same sum in another order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .onnx_graph import Node, OnnxGraph
from .onnx_values import inferred, message_of, tensor_of, value_of
from .protobuf import fields

if TYPE_CHECKING:
    from .onnx_graph import Raw

_INPUT, _OUTPUT, _OPERATOR, _ATTRIBUTE = 1, 2, 4, 5
_NAME, _I, _INTS = 1, 3, 8
_WEIGHTS = "maskwright/mean_of_{}_channels"


def with_means_as_convolutions(whole: bytes) -> bytes:
    """Return the graph with ReduceMean over axis 1 of (1, C, H, W) replaced, where C is known.

    Raises:
        MalformedError: as `OnnxGraph`.
        Exception: ONNX Runtime's own, for a graph that it cannot load.
    """
    graph = OnnxGraph(memoryview(whole))
    means = {id(node): next(iter(node.reads)) for node in graph.nodes if _is_channel_mean(node)}
    if not means:
        return whole
    names = sorted(set(means.values()))
    asked = graph.file_of(graph.needed_for(names), graph.inputs, {name: value_of(name) for name in names})
    sizes = {info.name: info.shape[1] for info in inferred(asked) if len(info.shape) == 4}
    channels = {name: size for name, size in sizes.items() if isinstance(size, int)}
    nodes = [
        _convolution(node, means[id(node)], channels[means[id(node)]])
        if means.get(id(node)) in channels
        else node
        for node in graph.nodes
    ]
    weights = {_WEIGHTS.format(count): _weights(count) for count in channels.values()}
    return graph.file_of(nodes, graph.inputs, graph.outputs, {**graph.initializers, **weights})


def _is_channel_mean(node: Node) -> bool:
    if node.operator != "ReduceMean" or len(node.reads) != 1:
        return False
    attributes = [
        dict(fields(value))
        for number, value in fields(node.raw)
        if number == _ATTRIBUTE and not isinstance(value, int)
    ]
    by_name = {_text(attribute.get(_NAME, memoryview(b""))): attribute for attribute in attributes}
    axes = by_name.get("axes", {}).get(_INTS)
    keeps = by_name.get("keepdims", {_I: 1}).get(_I, 0) == 1
    return keeps and (
        axes == 1 or (not isinstance(axes, int) and axes is not None and bytes(axes) == b"\x01")
    )


def _convolution(mean: Node, read: str, channels: int) -> Node:
    weights = _WEIGHTS.format(channels)
    names = [
        (_INPUT, read),
        (_INPUT, weights),
        *[(_OUTPUT, name) for name in mean.makes],
        (_OPERATOR, "Conv"),
    ]
    raw = message_of([(number, memoryview(text.encode())) for number, text in names])
    return Node("Conv", raw, frozenset((read, weights)), mean.makes)


def _weights(channels: int) -> Raw:
    return tensor_of(_WEIGHTS.format(channels), np.full((1, channels, 1, 1), 1.0 / channels, np.float32))


def _text(value: int | Raw) -> str:
    return "" if isinstance(value, int) else bytes(value).decode("utf-8", "replace")
