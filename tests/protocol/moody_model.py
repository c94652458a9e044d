# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of the sam2 contract that takes as long as a test wants, and can be ended at any moment.

The encoder repeats a small product 2^(red / 10) times, where red is the image's mean red (0 to 255): up to 90 it is
quick, 140 takes about a second or two, 255 hours. The decoder repeats it 10^(count + 1) times, where count is the
number of background points. The masks are those of the small graphs: a bump at each point.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph, write_card

ID = "moody"
KIND = KINDS["sam2.1-hiera-tiny"]
SIDE = 96
QUICK, SLOW, ENDLESS = 20, 140, 255
"""Levels of red for an encoding that is quick, takes a while, or never ends."""


def install(models, model_id=ID):
    """Write the model into the folder `models`."""
    folder = models / model_id
    folder.mkdir(parents=True)
    encoder, decoder = encoder_graph(KIND).model(), decoder_graph(KIND).model()
    _delay(encoder, _red_trips())
    _delay(decoder, _background_trips())
    onnx.save(encoder, str(folder / "encoder.onnx"))
    onnx.save(decoder, str(folder / "decoder.onnx"))
    write_card(folder, model_id, KIND.family)
    return folder


def write_endless(folder):
    """Write a pair whose encoder never ends, whatever the image is, and no card; return its folder."""
    encoder, decoder = encoder_graph(KIND).model(), decoder_graph(KIND).model()
    nodes = [helper.make_node("Identity", ["t_for_ever"], ["t_power"])]
    _delay(encoder, (nodes, {"t_for_ever": np.array([1e15], np.float32)}))
    folder.mkdir(parents=True)
    onnx.save(encoder, str(folder / "encoder.onnx"))
    onnx.save(decoder, str(folder / "decoder.onnx"))
    return folder


def _red_trips():
    """Undo the normalisation of the red plane's mean, and raise two to a tenth of it."""
    return [
        helper.make_node("ReduceMean", [KIND.image], ["t_mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gather", ["t_mean", "t_first"], ["t_red"], axis=1),
        helper.make_node("Mul", ["t_red", "t_deviation"], ["t_scaled"]),
        helper.make_node("Add", ["t_scaled", "t_middle"], ["t_level"]),
        helper.make_node("Pow", ["t_two", "t_level"], ["t_power"]),
    ], {
        "t_first": np.array([0], np.int64),
        "t_deviation": np.array([0.229 * 255 / 10], np.float32),
        "t_middle": np.array([0.485 * 255 / 10], np.float32),
        "t_two": np.array([2.0], np.float32),
    }


def _background_trips():
    return [
        helper.make_node("Equal", ["point_labels", "t_zero"], ["t_is"]),
        helper.make_node("Cast", ["t_is"], ["t_ones"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["t_ones"], ["t_count"], keepdims=0),
        helper.make_node("Add", ["t_count", "t_one"], ["t_exponent"]),
        helper.make_node("Pow", ["t_ten", "t_exponent"], ["t_power"]),
    ], {
        "t_zero": np.array(0, np.float32),
        "t_one": np.array(1, np.float32),
        "t_ten": np.array(10, np.float32),
    }


def _delay(model, trips):
    """Have every output wait for the repeated product, which adds nothing to it."""
    nodes, constants = trips
    graph = model.graph
    product = {
        "t_start": np.eye(SIDE, dtype=np.float32),
        "t_turn": np.roll(np.eye(SIDE, dtype=np.float32), 1, 0),
    }
    constants = {
        **constants,
        **product,
        "t_nothing": np.array(0, np.float32),
        "t_all": np.array([-1], np.int64),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    loop = [
        helper.make_node("Cast", ["t_power"], ["t_whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["t_whole", "t_all"], ["t_trips"]),
        helper.make_node("Loop", ["t_trips", "", "t_start"], ["t_end"], body=_body()),
        helper.make_node("ReduceMean", ["t_end"], ["t_left"], keepdims=0),
        helper.make_node("Mul", ["t_left", "t_nothing"], ["t_waited"]),
    ]
    kept = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *loop])
    names = {output.name for output in graph.output}
    for node in kept:
        if node.op_type == "Identity" and node.output[0] in names:
            node = helper.make_node("Add", [node.input[0], "t_waited"], list(node.output))  # noqa: PLW2901
        graph.node.append(node)
    onnx.checker.check_model(model)


def _body():
    square = [SIDE, SIDE]
    return helper.make_graph(
        [
            helper.make_node("Identity", ["b_on"], ["b_still"]),
            helper.make_node("MatMul", ["b_value", "t_turn"], ["b_next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("b_round", TensorProto.INT64, []),
            helper.make_tensor_value_info("b_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("b_value", TensorProto.FLOAT, square),
        ],
        [
            helper.make_tensor_value_info("b_still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("b_next", TensorProto.FLOAT, square),
        ],
    )
