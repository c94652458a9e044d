# SPDX-License-Identifier: GPL-3.0-or-later
"""A decoder in two: what depends on the picture alone, run once for each picture, and what a click changes.

A decoder gets the image embedding and the prompts in one graph, so that each click computes anew what only the
picture decides: projections of the image tokens, HQ-SAM's mask features, SAM 2's high-resolution features. Here the
graph is cut along the nodes that a prompt can reach. The two parts hold the very same nodes, so the numbers do not
change. Where no mask is given, its inputs are made constants first: the "no mask" embedding then belongs to the
picture's part, and with it the first attention's view of the image.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .onnx_graph import OnnxGraph, reads_of
from .onnx_values import inferred, plain_session, tensor_of, value_of
from .protobuf import MalformedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

_ON_SHAPES = frozenset(
    ("Add", "Cast", "Concat", "ConstantOfShape", "Div", "Equal", "Gather", "Mul", "Reshape", "Slice", "Squeeze", "Sub",
     "Unsqueeze", "Where")
)  # fmt: skip
"""What exporters reckon with shapes by."""


@dataclass(frozen=True)
class Split:
    """Two ONNX files: `prelude` makes the `frontier` of the embedding, `click` goes on from there with the prompts."""

    prelude: bytes
    click: bytes
    frontier: tuple[str, ...]


def split(whole: bytes, prompts: Collection[str]) -> Split | None:
    """Cut a decoder at the nodes that the inputs named `prompts` reach; None where nothing is won by it.

    That is so when nothing but the inputs themselves would cross the cut.

    Raises:
        MalformedError: `whole` is no ONNX file of one graph that keeps its weights in itself.
        Exception: ONNX Runtime's own, for a graph that it cannot load.
    """
    graph = OnnxGraph(memoryview(whole))
    if graph.has_external_data or graph.has_sparse_data:
        raise MalformedError("weights in other files")
    reached = graph.reached_from(name for name in prompts if name in graph.inputs)
    needed = graph.needed_for(graph.outputs)
    click = [node for node in needed if node.makes & reached]
    before = [node for node in needed if not node.makes & reached]
    made = set().union(*(node.makes for node in before))
    crossing = sorted((reads_of(click) | set(graph.outputs)) & made)
    if not crossing or not click:
        return None
    read = reads_of(before)
    pictures = {name: value for name, value in graph.inputs.items() if name in read and name not in prompts}
    prelude = graph.file_of(before, pictures, {name: value_of(name) for name in crossing})
    frontier = {info.name: value_of(info.name, info.type, info.shape) for info in inferred(prelude)}
    read = reads_of(click)
    given = {name: value for name, value in graph.inputs.items() if name in read}
    return Split(prelude, graph.file_of(click, {**given, **frontier}, graph.outputs), tuple(crossing))


def with_constants(whole: bytes, constants: Mapping[str, npt.NDArray[np.float32]]) -> bytes:
    """Return the decoder with some inputs fixed to these values.

    Raises:
        MalformedError: as `OnnxGraph`.
    """
    graph = OnnxGraph(memoryview(whole))
    inputs = {name: value for name, value in graph.inputs.items() if name not in constants}
    fixed = {name: tensor_of(name, value) for name, value in constants.items() if name in graph.inputs}
    return graph.file_of(graph.nodes, inputs, graph.outputs, {**graph.initializers, **fixed})


def with_fixed_shapes(whole: bytes, feeds: Sequence[Mapping[str, npt.NDArray[Any]]]) -> bytes:
    """Return the decoder with those shape computations made constants that give the same for all of the feeds.

    Exports ask their prompts for the size of the batch, which is always 1, and repeat the image embedding as often:
    so all would depend on the prompt. The feeds must differ in the number of points. What is computed from shapes
    alone grows evenly with that number or not at all, so two numbers tell.

    Raises:
        MalformedError: as `OnnxGraph`.
        Exception: ONNX Runtime's own, for a graph that it cannot run.
    """
    graph = OnnxGraph(memoryview(whole))
    names = sorted(_of_shapes_alone(graph) & graph.reached_from(graph.inputs))
    if not names:
        return whole
    asked = graph.file_of(graph.needed_for(names), graph.inputs, {name: value_of(name) for name in names})
    session = plain_session(asked, "ORT_DISABLE_ALL")
    results = [session.run(names, dict(feed)) for feed in feeds]
    fixed = {
        name: tensor_of(name, values[0])
        for name, *values in zip(names, *results, strict=True)
        if all(np.array_equal(values[0], other) for other in values[1:])
    }
    nodes = [node for node in graph.nodes if not node.makes <= set(fixed)]
    return graph.file_of(nodes, graph.inputs, graph.outputs, {**graph.initializers, **fixed})


def _of_shapes_alone(graph: OnnxGraph) -> set[str]:
    """Return the integers that are computed from nothing but the shapes of other tensors, and constants."""
    found: set[str] = set()
    known = set(graph.initializers)
    for node in graph.nodes:
        if node.operator == "Shape" or (node.operator in _ON_SHAPES and node.reads <= known | found):
            found |= node.makes
        elif not node.reads:
            known |= node.makes
    return found


def simplified(whole: bytes) -> bytes:
    """Return the graph after ONNX Runtime's own basic rewriting: constants folded, types and shapes written down.

    Raises:
        Exception: ONNX Runtime's own, for a graph that it cannot load.
    """
    with tempfile.TemporaryDirectory(prefix="maskwright-") as folder:
        path = Path(folder) / "simplified.onnx"
        plain_session(whole, "ORT_ENABLE_BASIC", path)
        return path.read_bytes()
