# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the sam2 contract whose scores or logits are replaced by a number that none should be.

`from_points` says from how many points on: 1 is always, 2 leaves a single click as it is.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .small_graphs import KINDS, decoder_graph, encoder_graph, write_card

KIND = KINDS["sam2.1-without-low-res"]


def install(models, model_id, *, scores=None, logits=None, from_points=2, card=True):
    """Write the model into the folder `models`; return its folder."""
    folder = models / model_id
    encoder_graph(KIND).save(folder / "encoder.onnx")
    decoder = decoder_graph(KIND).model()
    _poison(decoder, {"iou_predictions": scores, "masks": logits}, from_points)
    onnx.save(decoder, str(folder / "decoder.onnx"))
    if card:
        write_card(folder, model_id, KIND.family)
    return folder


def _poison(model, values, from_points):
    graph = model.graph
    constants = {"p_first": np.array([1], np.int64), "p_many": np.array([from_points], np.int64)}
    nodes = [
        helper.make_node("Shape", ["point_labels"], ["p_shape"]),
        helper.make_node("Gather", ["p_shape", "p_first"], ["p_count"]),
        helper.make_node("GreaterOrEqual", ["p_count", "p_many"], ["p_is"]),
    ]
    for name, value in values.items():
        if value is None:
            continue
        constants[f"p_{name}"] = np.array(value, np.float32)
        before = next(node for node in graph.node if name in node.output)
        before.output[list(before.output).index(name)] = f"p_sound_{name}"
        nodes.append(helper.make_node("Where", ["p_is", f"p_{name}", f"p_sound_{name}"], [name]))
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
