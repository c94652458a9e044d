# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognition of a pair of graphs, the contract's sentences, damaged models, and runs that are ended."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest
from tests.onnx.graph_maker import GraphMaker
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph, write_card, write_model

from maskwright_backend.models.families import FAMILIES
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.recognise import recognise_files
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import RunOptions, Session, SessionSettings
from maskwright_shared.errors import Cancelled, ModelError
from maskwright_shared.geometry import Point

SETTINGS = SessionSettings(threads=1)


@pytest.mark.parametrize("name", KINDS)
def test_every_system_is_recognised(tmp_path, name):
    kind = KINDS[name]
    encoder_graph(kind).save(tmp_path / "a.onnx")
    decoder_graph(kind).save(tmp_path / "b.onnx")
    assert recognise_files(tmp_path / "a.onnx", tmp_path / "b.onnx").name == kind.family


def altered(kind, **shapes):
    return dataclasses.replace(kind, **shapes)


def renamed(graph, old, new):
    """Rename an input or output of a graph."""
    for info in (*graph.inputs, *graph.outputs):
        info.name = new if info.name == old else info.name
    for node in graph.nodes:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]
    return graph


def refusal(tmp_path, encoder, decoder):
    encoder.save(tmp_path / "a.onnx")
    decoder.save(tmp_path / "b.onnx")
    with pytest.raises(ModelError) as caught:
        recognise_files(tmp_path / "a.onnx", tmp_path / "b.onnx")
    assert caught.value.code == "model.contract"
    return caught.value.message


def test_a_missing_tensor_is_named(tmp_path):
    kind = KINDS["sam2.1-hiera-tiny"]
    decoder = renamed(decoder_graph(kind), "has_mask_input", "has_mask")
    message = refusal(tmp_path, encoder_graph(kind), decoder)
    assert "SAM 2" in message
    assert "its decoder has no input 'has_mask_input'" in message


def test_a_tensor_too_many_is_named(tmp_path):
    kind = KINDS["hq-sam-light"]
    decoder = decoder_graph(kind)
    decoder.input("time_step", [1])
    assert "wants an input 'time_step'" in refusal(tmp_path, encoder_graph(kind), decoder)


def test_a_wrong_shape_is_named(tmp_path):
    kind = KINDS["sam2.1-hiera-tiny"]
    graph = GraphMaker("encoder")
    image = graph.input("image", [1, 3, 512, 512])
    for name, shape in kind.embedding.items():
        graph.output(name, graph.op("Identity", image), list(shape))
    message = refusal(tmp_path, graph, decoder_graph(kind))
    assert "'image' has the shape [1, 3, 512, 512] where [1, 3, 1024, 1024] belongs" in message


def test_a_wrong_number_of_masks_is_named(tmp_path):
    kind = altered(KINDS["hq-sam2.1-hiera-large"], masks=2, scores=2)
    message = refusal(tmp_path, encoder_graph(kind), decoder_graph(kind))
    assert "'low_res_masks' has 2 masks where" in message


def test_a_wrong_number_of_masks_behind_an_open_shape_is_found_by_a_run(tmp_path):
    kind = altered(KINDS["hq-sam2.1-open-shapes"], masks=2, scores=2)
    assert "'low_res_masks' has 2 masks" in refusal(tmp_path, encoder_graph(kind), decoder_graph(kind))


def test_exchanged_files_are_refused(tmp_path):
    kind = KINDS["sam2.1-hiera-tiny"]
    assert "its encoder has no" in refusal(tmp_path, decoder_graph(kind), encoder_graph(kind))


def test_what_really_comes_back_is_checked(tmp_path):
    write_model(tmp_path / "m", "sam2.1-hiera-tiny")
    kind = altered(KINDS["sam2.1-hiera-tiny"], masks=2, declared_masks="masks", scores=2)
    decoder_graph(kind).save(tmp_path / "m" / "decoder.onnx")
    write_card(tmp_path / "m", "m", "sam2")
    model = Registry(tmp_path).get("m")
    model.load(SETTINGS)
    embedding = model.encode(np.zeros((8, 9, 3), np.uint8))
    with pytest.raises(ModelError, match=r"returned 'low_res_masks' as float32 \[1, 2, 256, 256\]"):
        model.decode(embedding, ModelPrompts((Point(1, 1),)))


def test_the_cards_family_is_checked_when_the_model_is_loaded(tmp_path):
    write_model(tmp_path / "m", "sam2.1-hiera-tiny")
    write_card(tmp_path / "m", "m", "hq_sam")
    model = Registry(tmp_path).get("m")
    with pytest.raises(
        ModelError, match="not of the family HQ-SAM: its encoder has no output 'image_embeddings'"
    ):
        model.load(SETTINGS)
    assert not model.is_loaded


@pytest.mark.parametrize("file", ["encoder.onnx", "decoder.onnx"])
def test_a_file_of_another_kind_is_a_broken_model(tmp_path, file):
    write_model(tmp_path / "m", "hq-sam-light")
    (tmp_path / "m" / file).write_bytes(b"<html>404 not found</html>")
    write_card(tmp_path / "m", "m", "hq_sam")
    with pytest.raises(ModelError) as caught:
        Registry(tmp_path).get("m").load(SETTINGS)
    assert caught.value.code == "model.broken"
    assert file in caught.value.message


def test_loading_and_unloading(tmp_path):
    write_model(tmp_path / "m", "hq-sam-light", "m")
    model = Registry(tmp_path).get("m")
    with pytest.raises(ModelError, match="not loaded"):
        model.encode(np.zeros((8, 9, 3), np.uint8))
    assert model.provider == ""
    model.load(SETTINGS)
    embedding = model.encode(np.zeros((8, 9, 3), np.uint8))
    assert (model.provider, embedding.width, embedding.height) == ("CPUExecutionProvider", 9, 8)
    assert embedding.nbytes == 4 * (256 * 64 * 64 + 160 * 64 * 64)
    model.unload()
    assert not model.is_loaded
    model.load(SETTINGS)
    assert model.decode(embedding, ModelPrompts((Point(1, 1),))).logits.shape == (1, 256, 256)


def slow_session(folder):
    """A graph of many nodes, each of which takes about a millisecond."""
    graph = GraphMaker("slow")
    value = graph.input("x", [512, 512])
    for _ in range(300):
        value = graph.op("Tanh", graph.op("MatMul", value, value))
    graph.output("y", value, [512, 512])
    graph.save(folder / "slow.onnx")
    return Session(folder / "slow.onnx", SETTINGS, arena=True)


def test_another_thread_ends_a_run_and_the_session_goes_on(tmp_path):
    session = slow_session(tmp_path)
    feed = {"x": np.zeros((512, 512), np.float32)}
    run, ended = RunOptions(), []

    def work():
        try:
            session.run(feed, run)
        except Cancelled as error:
            ended.append(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    while run._options is None:
        assert thread.is_alive()
    run.terminate()
    thread.join(timeout=30)
    assert ended == ["request.cancelled"]
    assert session.run(feed)["y"].shape == (512, 512)


def test_a_run_that_was_ended_before_does_not_begin(tmp_path):
    graph = GraphMaker("quick")
    graph.output("y", graph.op("Neg", graph.input("x", [1])), [1])
    graph.save(tmp_path / "quick.onnx")
    session, run = Session(tmp_path / "quick.onnx", SETTINGS, arena=True), RunOptions()
    run.terminate()
    with pytest.raises(Cancelled):
        session.run({"x": np.zeros(1, np.float32)}, run)
    assert session.run({"x": np.ones(1, np.float32)})["y"] == -1


def test_a_failing_graph_says_so(tmp_path):
    graph = GraphMaker("picky")
    graph.output("y", graph.reshape(graph.input("x", ["n"]), [2]), [2])
    graph.save(tmp_path / "picky.onnx")
    session = Session(tmp_path / "picky.onnx", SETTINGS, arena=True)
    with pytest.raises(ModelError, match=r"picky\.onnx fails when it runs"):
        session.run({"x": np.zeros(3, np.float32)})


def test_family_names_are_unique():
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
