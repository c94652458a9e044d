# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the graph templates: each architecture's ONNX graph without its weights, every parameter under its own name.

    python -m conversion.make_templates [ID]...

It needs Maskwright with its extra `export`, and the authors' packages from PyPI: segment-anything-hq, sam2,
segment-anything, mobilesam-mirror, edgetam-dimos. Nothing of a trained checkpoint is used or kept.
"""

from __future__ import annotations

import argparse
import io
import lzma
import warnings
from pathlib import Path

import onnx
import torch
from onnx import TensorProto

from maskwright_backend.models.checkpoints.templates import FOLDER, PARTS

from .architectures import ARCHITECTURES, Graph

OPSET = 17
FREE_POINTS = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}


def main():
    """Write the templates that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m conversion.make_templates", description=__doc__.splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="ID", help="which; all when none is named")
    parser.add_argument("--part", choices=PARTS, help="this graph alone")
    options = parser.parse_args()
    for name in options.names or ARCHITECTURES:
        graphs = ARCHITECTURES[name]()
        for part, graph in graphs.items() if options.part is None else [(options.part, graphs[options.part])]:
            path = write(graph, FOLDER / f"{name}.{part}.onnx.xz")
            print(f"{path.name}: {path.stat().st_size} bytes")


def write(graph: Graph, path: Path) -> Path:
    """Trace one graph, take its weights out, and write it compressed."""
    model = without_weights(traced(graph), graph)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(model.SerializeToString(deterministic=True), preset=9))
    return path


def traced(graph: Graph) -> onnx.ModelProto:
    """Return the traced graph, in which each parameter is an input."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's warnings are about code that is not ours
        torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            stream,
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_axes={name: axes for name, axes in FREE_POINTS.items() if name in graph.inputs},
            opset_version=OPSET,
            do_constant_folding=False,
            export_params=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # a normalisation fused into a layer has no name any more
            dynamo=False,
        )
    return onnx.load_from_string(stream.getvalue())


def without_weights(model: onnx.ModelProto, graph: Graph) -> onnx.ModelProto:
    """Turn parameters from inputs into initializers without data, under the names that checkpoints have."""
    if any(attribute.HasField("g") for node in model.graph.node for attribute in node.attribute):
        raise ValueError("the traced graph has branches, whose parameters would not be found")
    keep_outputs(model.graph, graph.kept or graph.outputs)
    named = {
        name: graph.renamed(name) for name in [value.name for value in model.graph.input[len(graph.inputs) :]]
    }
    used = {name for node in model.graph.node for name in node.input}
    for value in list(model.graph.input[len(graph.inputs) :]):
        model.graph.input.remove(value)
        if value.name in used:
            shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            kind = value.type.tensor_type.elem_type
            model.graph.initializer.append(TensorProto(name=named[value.name], dims=shape, data_type=kind))
    for node in model.graph.node:
        node.input[:] = [named.get(name, name) for name in node.input]
        node.doc_string, node.name = "", ""
    del model.graph.value_info[:]
    shortened(model.graph, set(named.values()) | set(graph.inputs) | set(graph.outputs))
    model.graph.doc_string, model.graph.name, model.producer_version = "", "template", ""
    return model


def keep_outputs(graph: onnx.GraphProto, names):
    """Remove every other output, and the nodes that only lead to it."""
    for value in list(graph.output):
        if value.name not in names:
            graph.output.remove(value)
    wanted, kept = {value.name for value in graph.output}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))


def shortened(graph: onnx.GraphProto, fixed):
    """Give every value in between a short name: they are the better part of a graph's bytes."""
    names = {}
    for node in graph.node:
        for names_of in (node.input, node.output):
            for index, name in enumerate(names_of):
                if name and name not in fixed:
                    names_of[index] = names.setdefault(name, f"v{len(names)}")


if __name__ == "__main__":
    main()
