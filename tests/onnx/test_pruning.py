# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoders without what nobody reads: the same numbers from fewer nodes, and no risk with unknown files."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from maskwright_backend.models.pruning import pruned
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import Session, SessionSettings


def value(name, shape=(None,)):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def branch(name, reads):
    """A graph without inputs that reads a value of the graph around it."""
    return helper.make_graph([helper.make_node("Neg", [reads], [name])], name, [], [value(name)])


@pytest.fixture
def graph(tmp_path):
    """low = -x through an If that reads `inner` from inside; score = x * w; masks = a chain of its own."""
    nodes = [
        helper.make_node("Abs", ["x"], ["abs"], name="for masks"),
        helper.make_node("Identity", ["x"], ["inner"], name="read inside"),
        helper.make_node("If", ["yes"], ["low"], name="if", then_branch=branch("a", "inner"),
                         else_branch=branch("b", "inner")),
        helper.make_node("Mul", ["x", "w"], ["score"], name="score"),
        helper.make_node("Sqrt", ["abs"], ["masks"], name="masks"),
    ]  # fmt: skip
    weights = [
        numpy_helper.from_array(np.array([3.0], np.float32), "w"),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
    ]
    inputs = [value("x"), value("unused")]
    made = helper.make_graph(nodes, "g", inputs, [value("masks"), value("score"), value("low")], weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.metadata_props.add(key="who", value="test")
    path = tmp_path / "decoder.onnx"
    onnx.save(model, path)
    return path


def test_only_what_leads_to_the_outputs_that_are_read_is_left(graph):
    lean = onnx.load_from_string(pruned(graph, ["low", "masks"], ["score"]))
    onnx.checker.check_model(lean)
    assert [node.name for node in lean.graph.node] == ["read inside", "if", "score"]
    assert [output.name for output in lean.graph.output] == ["score", "low"]
    assert [given.name for given in lean.graph.input] == ["x", "unused"]
    whole = onnx.load(graph)
    assert (lean.opset_import, lean.metadata_props, lean.ir_version) == (
        whole.opset_import, whole.metadata_props, whole.ir_version,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(lean.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.array([1.0, -2.0], np.float32)
    score, low = session.run(None, {"x": x, "unused": x})
    assert score.tolist() == [3.0, -6.0]
    assert low.tolist() == [-1.0, 2.0]


@pytest.mark.parametrize(
    ("one_of", "others"),
    [(["masks"], ["score", "low"]), (["low"], ["absent"]), (["absent"], ["absent too"])],
    ids=["all are read", "one is missing", "none is there"],
)
def test_a_graph_is_left_as_it_is_where_nothing_is_to_be_gained_or_something_is_missing(
    graph, one_of, others
):
    assert pruned(graph, one_of, others) is None


def test_weights_in_other_files_are_found_by_the_files_place(graph, tmp_path):
    model = onnx.load(graph)
    onnx.save(model, tmp_path / "split.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    assert (tmp_path / "w.bin").exists()
    assert pruned(tmp_path / "split.onnx", ["low"], ["score"]) is None


@pytest.mark.parametrize("damage", [lambda data: data[:-7], lambda data: b"\x07" * 40, lambda data: b""])
def test_what_is_no_onnx_file_is_left_to_onnx_runtime(graph, damage):
    graph.write_bytes(damage(graph.read_bytes()))
    assert pruned(graph, ["low"], ["score"]) is None
    assert pruned(graph.with_name("absent.onnx"), ["low"], ["score"]) is None


def test_the_built_in_decoder_gives_the_same_numbers_with_fewer_nodes(tmp_path):
    model = Registry(tmp_path).get("maskwright-builtin")
    settings = SessionSettings(threads=1)
    model.load(settings)
    lean, whole = model._loaded.decoder, Session(model._decoder_path, settings, arena=True)
    assert "masks" in [output.name for output in whole.outputs]
    assert [output.name for output in lean.outputs] == ["iou_predictions", "low_res_masks"]
    rng = np.random.default_rng(3)
    embedding = model.encode(rng.integers(0, 256, (120, 160, 3), dtype=np.uint8))
    prompts = {
        "point_coords": np.array([[[400.0, 500.0], [900.0, 100.0]]], np.float32),
        "point_labels": np.array([[1.0, 0.0]], np.float32),
        "mask_input": np.zeros((1, 1, 256, 256), np.float32),
        "has_mask_input": np.zeros(1, np.float32),
    }
    truth = whole.run({**embedding.tensors, **prompts})
    read = [output.name for output in lean.outputs]
    for name, found in lean.run(embedding, prompts, None, read, masked=False).items():
        assert np.array_equal(found, truth[name]), name
