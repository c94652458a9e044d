# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint without PyTorch: pulled or imported, turned into graphs, tried, installed (random weights)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zlib

import numpy as np
import onnx
import pytest
from tests.onnx.test_store import House, refused
from tests.onnx.torch_files import text, write
from tests.unit.tricky_server import TrickyServer

from maskwright_backend.models.checkpoints import made_up
from maskwright_backend.models.checkpoints.convert import DATA, WEIGHTS
from maskwright_backend.models.checkpoints.made_up import ANSWERS, check_decoder
from maskwright_backend.models.checkpoints.names import find, transformers_name
from maskwright_backend.models.checkpoints.stored import Storage, StoredTensor, contiguous
from maskwright_backend.models.checkpoints.templates import PARTS, known_templates, load_template
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.sessions import SessionSettings
from maskwright_backend.store import catalogue
from maskwright_backend.store.catalogue import Checkpoint
from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Point

NAME = "mobile-sam"


def random_weights(template, dtype=np.float32):
    """Return weights of an architecture's shapes that let its numbers stay of middling size."""
    made = {}
    for part in PARTS:
        for name, shape in load_template(template, part).parameters.items():
            random = np.random.default_rng(zlib.crc32(name.encode()))
            scale = 1 / np.sqrt(max(1, np.prod(shape[1:])))
            values = random.standard_normal(shape, np.float32) * scale
            made[name] = (np.abs(values) + 0.5 if "running_var" in name else values).astype(dtype)
    return made


@pytest.fixture(scope="module")
def weights():
    return random_weights(NAME)


@pytest.fixture(scope="module")
def checkpoint(weights, tmp_path_factory):
    return write(tmp_path_factory.mktemp("checkpoint") / "mobile_sam.pt", weights)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def server(checkpoint):
    server = TrickyServer()
    server.files["/weights/mobile_sam.pt"] = checkpoint.read_bytes()
    yield server
    server.close()


def publish(monkeypatch, server, checkpoint, **changes):
    """Have the card say that this checkpoint is all that is published."""
    told = {
        "url": f"{server.url}/weights/mobile_sam.pt",
        "sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "size": checkpoint.stat().st_size,
        **changes,
    }
    real = catalogue.find(NAME)
    known = dataclasses.replace(real, files={}, checkpoint=Checkpoint(**told))
    monkeypatch.setattr("maskwright_backend.store.pulling.find", lambda _: known)


def logits(house, model_id):
    model = house.registry.get(model_id)
    model.load(SessionSettings(threads=1))
    rgb = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    candidates = model.decode(model.encode(rgb), ModelPrompts((Point(60, 40),)))
    model.unload()
    return candidates.logits


def test_every_card_with_a_checkpoint_alone_has_its_templates():
    alone = {name for name, known in catalogue.catalogue().items() if known.checkpoint is not None}
    assert alone >= {
        "hq-sam-light",
        "sam-hq-vit-b",
        "hq-sam2.1-hiera-large",
        "sam2.1-hiera-large",
        "sam-vit-b",
    }
    assert alone <= set(known_templates())


@pytest.mark.parametrize("name", known_templates())
def test_templates_are_small_and_hold_no_weights(name):
    for part in PARTS:
        template = load_template(name, part)
        held = template.filled(lambda _: memoryview(b""))
        assert len(held) < 2_000_000
        assert len(template.parameters) > 100
        for tensor in onnx.load_from_string(held).graph.initializer:
            assert tensor.name in template.parameters


@pytest.mark.parametrize("name", json.loads(ANSWERS.read_text(encoding="utf-8")))
def test_a_decoder_answers_as_its_authors_code_did(name, tmp_path):
    check_decoder(name, load_template(name, "decoder"), tmp_path / "scratch.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_runtime_that_computes_otherwise_is_found(monkeypatch, tmp_path):
    right = made_up.weight
    monkeypatch.setattr(
        made_up, "weight", lambda name, shape: right(name, shape) * (0.9 if "hypernetworks" in name else 1)
    )
    with pytest.raises(ModelError, match="does not compute the graph of mobile-sam"):
        check_decoder(NAME, load_template(NAME, "decoder"), tmp_path / "scratch.onnx")


def test_transformers_names_of_sam_2_are_found(tmp_path):
    template = load_template("sam2.1-hiera-tiny", "decoder")
    storage = Storage(tmp_path / "x", "float32", 0, 1 << 24)
    named = {
        transformers_name(name): StoredTensor(storage, 0, shape, contiguous(shape))
        for name, shape in template.parameters.items()
        if ".point_embeddings." not in name
    }
    named["prompt_encoder.point_embed.weight"] = StoredTensor(storage, 512, (4, 256), (256, 1))
    named["shared_image_embedding.positional_embedding"] = named.pop(
        "prompt_encoder.shared_embedding.positional_embedding"
    )
    for name, shape in template.parameters.items():
        assert find(named, name).shape == shape, name
    assert find(named, "sam_prompt_encoder.point_embeddings.3.weight").start == 512 + 3 * 256
    assert find(named, "sam_prompt_encoder.point_embeddings.4.weight") is None


def test_a_pulled_checkpoint_is_converted_and_points_into_its_own_file(
    house, server, checkpoint, monkeypatch
):
    publish(monkeypatch, server, checkpoint)
    report = house.pull(NAME, accept=True)
    assert report["state"] == "installed"
    folder = house.entry(NAME).folder
    assert (folder / WEIGHTS).read_bytes() == checkpoint.read_bytes()
    assert not (folder / DATA).exists()
    card = json.loads((folder / "card.json").read_text())
    assert set(card["files"]) == {"encoder.onnx", "decoder.onnx", WEIGHTS}
    assert (card["family"], card["architecture"], card["converted_from"]) == ("sam", NAME, "mobile_sam.pt")
    assert (folder / "accepted.json").is_file()
    assert logits(house, NAME).std() > 0
    assert house.left_over() == []


def test_the_graph_holds_the_checkpoints_own_values(house, checkpoint, weights):
    house.bring(checkpoint, model="mine")
    folder = house.entry("mine").folder
    for part in PARTS:
        model = onnx.load(str(folder / f"{part}.onnx"))
        for tensor in model.graph.initializer:
            np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), weights[tensor.name])


def test_half_precision_is_written_anew(house, weights, tmp_path):
    half = {name: value.astype(np.float16) for name, value in weights.items()}
    house.bring(write(tmp_path / "half.pth", half), model="half")
    folder = house.entry("half").folder
    assert (folder / DATA).is_file()
    assert not (folder / WEIGHTS).exists()
    for tensor in onnx.load(str(folder / "encoder.onnx")).graph.initializer:
        np.testing.assert_array_equal(
            onnx.numpy_helper.to_array(tensor), half[tensor.name].astype(np.float32)
        )


def test_a_training_programs_prefix_and_wrapping_are_no_matter(house, weights, tmp_path):
    named = {f"module.sam.{name}": value for name, value in weights.items()}
    path = write(tmp_path / "My Finetune.pth", named, lambda inner: b"}(" + text("model") + inner + b"u")
    assert house.bring(path)["model"] == "my-finetune"
    model = onnx.load(str(house.entry("my-finetune").folder / "encoder.onnx"))
    for tensor in model.graph.initializer:
        np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), weights[tensor.name])


def test_safetensors_are_imported_too(house, weights, tmp_path):
    entries, data = {}, b""
    for name, value in weights.items():
        ends = [len(data), len(data) + value.nbytes]
        entries[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": ends}
        data += value.tobytes()
    header = json.dumps(entries).encode()
    path = tmp_path / "own.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    house.bring(path)
    assert (house.entry("own").folder / DATA).is_file()


def test_a_published_checkpoint_of_the_users_gets_its_card(house, checkpoint, monkeypatch):
    known = catalogue.find(NAME)
    monkeypatch.setattr(catalogue, "by_checkpoint_hash", lambda _: known)
    house.bring(checkpoint)
    assert house.entry(NAME).card.licence == known.card.licence


def test_what_is_missing_is_named(house, server, checkpoint, weights, monkeypatch, tmp_path):
    lacking = {name: value for name, value in weights.items() if name != "mask_decoder.iou_token.weight"}
    path = write(tmp_path / "mobile_sam.pt", lacking)
    server.files["/weights/mobile_sam.pt"] = path.read_bytes()
    publish(monkeypatch, server, path)
    message = refused("model.refused", house.pull, NAME, accept=True)
    assert "mobile_sam.pt is no checkpoint of mobile-sam: it lacks mask_decoder.iou_token.weight" in message
    assert "no checkpoint of a model that is known here" in refused("model.refused", house.bring, path)
    assert house.ids() == []


def test_another_file_than_the_published_one_is_thrown_away(house, server, checkpoint, monkeypatch):
    publish(monkeypatch, server, checkpoint, sha256=None, md5="0" * 32)
    assert "its MD5 is another" in refused("model.tampered", house.pull, NAME, accept=True)
    publish(monkeypatch, server, checkpoint, sha256="0" * 64)
    refused("model.tampered", house.pull, NAME, accept=True)
    assert house.ids() == []


def test_a_checkpoint_of_the_users_address_is_taken_for_what_it_is(house, server):
    house.pull("mine", f"{server.url}/weights/mobile_sam.pt")
    assert house.entry("mine").card.details["architecture"] == NAME


def test_a_hostile_checkpoint_is_refused_in_its_own_words(house, tmp_path):
    path = write(tmp_path / "bad.pth", {}, lambda _: b"cos\nsystem\n(" + text("false") + b"tR")
    with pytest.raises(ModelError) as caught:
        house.bring(path)
    assert caught.value.message.startswith("The checkpoint is refused: it asks for os.system")
    assert (house.ids(), house.left_over()) == ([], [])
