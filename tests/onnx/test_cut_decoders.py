# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoders in two halves: the same masks as the whole, kept for the next start, and left whole where that is better."""

import dataclasses
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from maskwright_backend.models.channel_means import with_means_as_convolutions
from maskwright_backend.models.decoder import Decoder
from maskwright_backend.models.embedding import Geometry, ImageEmbedding
from maskwright_backend.models.families import FAMILIES
from maskwright_backend.models.feed import prompt_tensors
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.sessions import Session, SessionSettings
from maskwright_backend.models.splitting import simplified, split, with_fixed_shapes
from maskwright_shared.geometry import Point

FAMILY = next(family for family in FAMILIES if family.name == "sam2")
WANTED = ["low_res_masks", "iou_predictions"]
SQUARE = Geometry(1024, 1024, 1024, 1024, 1024)
GIVEN = {tensor.name for tensor in FAMILY.decoder}


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def constant(name, values, kind=np.float32):
    return numpy_helper.from_array(np.asarray(values, kind), name)


def decoder_graph(work):
    """A decoder with SAM 2's tensors: `work` convolutions of the embedding, which is repeated as often as the prompts
    have batches, a sum over the prompts, a mean over channels, and the mask input where has_mask_input says so.
    """
    random = np.random.default_rng(5)
    shrink = random.normal(0, 0.05, (8, 256, 3, 3))
    deep = [constant(f"w{k}", random.normal(0, 0.12, (8, 8, 3, 3))) for k in range(work)]
    nodes = [helper.make_node("Conv", ["image_embed", "shrink"], ["x0"], pads=[1] * 4)]
    for k in range(work):
        nodes.append(helper.make_node("Conv", [f"x{k}", f"w{k}"], [f"y{k}"], pads=[1] * 4))
        nodes.append(helper.make_node("Tanh", [f"y{k}"], [f"x{k + 1}"]))
    nodes += [
        helper.make_node("Shape", ["point_coords"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["batch"]),
        helper.make_node("Concat", ["batch", "ones"], ["repeats"], axis=0),
        helper.make_node("Tile", [f"x{work}", "repeats"], ["tiled"]),
        helper.make_node("Tanh", ["tiled"], ["image"]),
        helper.make_node("ReduceMean", ["point_coords"], ["middle"], axes=[1, 2], keepdims=1),
        helper.make_node("ReduceSum", ["point_labels", "one_axis"], ["labels"], keepdims=1),
        helper.make_node("Unsqueeze", ["labels", "zero"], ["labels3"]),
        helper.make_node("Div", ["middle", "side"], ["place"]),
        helper.make_node("Add", ["place", "labels3"], ["said"]),
        helper.make_node("Unsqueeze", ["said", "zero"], ["said4"]),
        helper.make_node("Mul", ["image", "said4"], ["mixed"]),
        helper.make_node("ReduceMean", ["mixed"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["mixed", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "heads"], ["coarse"]),
        helper.make_node("Resize", ["coarse", "", "scales"], ["fine"], mode="nearest"),
        helper.make_node("Mul", ["mask_input", "has_mask_input"], ["earlier"]),
        helper.make_node("Add", ["fine", "earlier"], ["low_res_masks"]),
        helper.make_node("ReduceMean", ["low_res_masks"], ["iou_predictions"], axes=[2, 3], keepdims=0),
        helper.make_node("Resize", ["low_res_masks", "", "scales"], ["masks"], mode="nearest"),
    ]
    weights = [
        constant("shrink", shrink), *deep, constant("heads", random.normal(0, 1, (3, 8, 1, 1))),
        constant("zero", [0], np.int64), constant("ones", [1, 1, 1], np.int64),
        constant("one_axis", [1], np.int64), constant("side", 1024.0), constant("scales", [1, 1, 4, 4]),
    ]  # fmt: skip
    inputs = [floats(tensor.name, tensor.shape) for tensor in (*FAMILY.embedding, *FAMILY.decoder)]
    outputs = [
        floats("masks", [1, 3, 1024, 1024]), floats("iou_predictions", [1, 3]),
        floats("low_res_masks", [1, 3, 256, 256]),
    ]  # fmt: skip
    graph = helper.make_graph(nodes, "decoder", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


@pytest.fixture(scope="module")
def laborious(tmp_path_factory):
    path = tmp_path_factory.mktemp("laborious") / "decoder.onnx"
    onnx.save(decoder_graph(work=12), path)
    return path


@pytest.fixture(scope="module")
def embedding():
    random = np.random.default_rng(1)
    tensors = {
        tensor.name: random.normal(size=tensor.shape).astype(np.float32) for tensor in FAMILY.embedding
    }
    return ImageEmbedding(tensors, SQUARE)


@pytest.fixture(scope="module")
def prepared(laborious, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    Decoder(laborious, SessionSettings(1, prepared=folder), FAMILY).prepare_halves(WANTED)
    return folder


def asked(decoder, embedding, count, mask=None):
    points = tuple(Point(100.0 + 90 * k, 500.0, k % 2 == 0) for k in range(count))
    prompts = prompt_tensors(FAMILY, SQUARE, ModelPrompts(points, mask_input=mask))
    return decoder.run(embedding, prompts, None, WANTED, masked=mask is not None)


def test_the_halves_give_the_masks_of_the_whole_for_any_number_of_points_and_with_a_mask(
    laborious, prepared, embedding
):
    whole = Decoder(laborious, SessionSettings(1), FAMILY)
    cut = Decoder(laborious, SessionSettings(1, prepared=prepared), FAMILY)
    cut.take_halves()
    assert cut.is_cut
    assert not whole.is_cut
    mask = np.linspace(-6, 6, 256 * 256, dtype=np.float32).reshape(256, 256)
    for count, given in ((1, None), (3, None), (7, None), (2, mask)):
        right, mine = asked(whole, embedding, count, given), asked(cut, embedding, count, given)
        for name in WANTED:
            assert np.abs(right[name]).max() > 1e-3
            np.testing.assert_allclose(mine[name], right[name], atol=1e-4)


def test_what_the_picture_decides_is_run_once_for_each_and_weighs_in_its_embedding(
    laborious, prepared, embedding, monkeypatch
):
    cut = Decoder(laborious, SessionSettings(1, prepared=prepared), FAMILY)
    cut.take_halves()
    fresh = ImageEmbedding(embedding.tensors, SQUARE)
    before, runs = fresh.nbytes, []
    monkeypatch.setattr(Session, "run", counted(Session.run, runs))
    cut.prepare(fresh)
    assert len(runs) == 1
    assert fresh.nbytes > before
    asked(cut, fresh, 1)
    asked(cut, fresh, 2)
    assert len(runs) == 3
    assert len(set(map(id, runs[1:]))) == 1


def counted(run, runs):
    def counting(self, *arguments, **options):
        runs.append(self)
        return run(self, *arguments, **options)

    return counting


def test_what_was_prepared_is_found_by_the_decoders_content_and_not_made_again(laborious, prepared, tmp_path):
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(laborious.read_bytes())
    known = Decoder(copy, SessionSettings(1, prepared=prepared), FAMILY)
    assert not known.is_undecided
    other = tmp_path / "other.onnx"
    onnx.save(decoder_graph(work=2), other)
    assert Decoder(other, SessionSettings(1, prepared=prepared), FAMILY).is_undecided


def test_a_prepared_file_that_was_changed_is_not_used(laborious, prepared, tmp_path):
    folder = tmp_path / "prepared"
    for source in prepared.rglob("*.*"):
        target = folder / source.relative_to(prepared)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    clicks = sorted(folder.rglob("click.onnx"))
    assert len(clicks) == 2
    for path in clicks:
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    decoder = Decoder(laborious, SessionSettings(1, prepared=folder), FAMILY)
    decoder.take_halves()
    assert not decoder.is_cut
    assert decoder.is_undecided


def test_a_decoder_in_which_the_picture_decides_little_stays_whole(tmp_path):
    path, folder = tmp_path / "decoder.onnx", tmp_path / "prepared"
    random = np.random.default_rng(3)
    model = decoder_graph(work=0)
    heavy = constant("heavy", random.normal(0, 0.1, (3, 3, 41, 41)))
    for node in model.graph.node:
        if node.output[0] == "low_res_masks":
            node.output[0] = "thin"
    for k in range(3):
        names = ("thin" if k == 0 else f"thick{k}", f"thick{k + 1}" if k < 2 else "low_res_masks")
        node = helper.make_node("Conv", [names[0], "heavy"], [names[1]], pads=[20] * 4)
        model.graph.node.insert(len(model.graph.node) - 2, node)
    model.graph.initializer.append(heavy)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    decoder = Decoder(path, SessionSettings(1, prepared=folder), FAMILY)
    decoder.prepare_halves(WANTED)
    decoder.take_halves()
    assert not decoder.is_cut
    assert not decoder.is_undecided
    assert all(json.loads(noted.read_text())["frontier"] == [] for noted in folder.rglob("prepared.json"))


def test_halves_that_differ_are_dropped(laborious, tmp_path, monkeypatch):
    def spoiled(whole, prompts):
        cut = split(whole, prompts)
        model = onnx.load_from_string(cut.click)
        for tensor in model.graph.initializer:
            if numpy_helper.to_array(tensor).shape == (3, 8, 1, 1):
                tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * 1.01, tensor.name))
        return dataclasses.replace(cut, click=model.SerializeToString())

    monkeypatch.setattr("maskwright_backend.models.halves.split", spoiled)
    decoder = Decoder(laborious, SessionSettings(1, prepared=tmp_path), FAMILY)
    decoder.prepare_halves(WANTED)
    decoder.take_halves()
    assert not decoder.is_cut


def with_known_shapes(work):
    plain = simplified(decoder_graph(work).SerializeToString())
    zeros = {tensor.name: np.zeros(tensor.shape, np.float32) for tensor in FAMILY.embedding}
    feeds = [
        {**zeros, **prompt_tensors(FAMILY, SQUARE, ModelPrompts((Point(1.0, 2.0),) * count))}
        for count in (1, 3)
    ]
    return plain, simplified(with_fixed_shapes(plain, feeds))


def test_the_batch_that_is_asked_of_the_prompts_does_not_keep_the_picture_out_of_its_half():
    before, after = (onnx.load_from_string(split(graph, GIVEN).click) for graph in with_known_shapes(work=2))
    assert "Tile" in [node.op_type for node in before.graph.node]
    assert "Tile" not in [node.op_type for node in after.graph.node]


def test_only_means_over_channels_become_convolutions():
    _, graph = with_known_shapes(work=0)
    model = onnx.load_from_string(with_means_as_convolutions(graph))
    onnx.checker.check_model(model, full_check=False)

    def means(graph):
        nodes = [node for node in graph.graph.node if node.op_type == "ReduceMean"]
        return sorted(
            list(attribute.ints) for node in nodes for attribute in node.attribute if attribute.ints
        )

    assert means(onnx.load_from_string(graph)) == [[1], [1, 2], [2, 3]]
    assert means(model) == [[1, 2], [2, 3]]
