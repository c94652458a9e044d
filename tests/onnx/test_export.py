# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports from a checkpoint: kept when the graphs answer as it does, refused when not. Needs torch and transformers."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.onnx.small_graphs import write_card

from maskwright_backend.models.card import read_card
from maskwright_backend.models.prompts import ModelPrompts
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Point

pytestmark = [pytest.mark.torch, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]
IDS = ("sam2.1-hiera-tiny", "sam2.1-hiera-small")


def open_source(*arguments):
    from maskwright_backend.models.export.sources import open_source

    return open_source(*arguments)


def export_model(*arguments):
    from maskwright_backend.models.export.folder import export_model

    return export_model(*arguments)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A SAM 2 of the real shape with fewer and narrower blocks, saved as transformers saves it."""
    from tests.parity.small_systems import small_sam2

    folder = tmp_path_factory.mktemp("checkpoint")
    small_sam2().save_pretrained(folder)
    return folder


@pytest.fixture
def narrow(monkeypatch):
    """Let the narrow checkpoint be the size that both ids name."""
    from maskwright_backend.models.export import sources
    from maskwright_backend.models.export.sam2_checkpoint import Size

    size = Size("Narrow", 16, 1, (1, 1, 2, 1), (3,))
    for model_id in IDS:
        load = sources._LOADERS[model_id]
        monkeypatch.setitem(sources._LOADERS, model_id, partial(load.func, size, *load.args[1:]))


def card_of(folder, model_id, family):
    write_card(folder, model_id, family, files={"encoder.onnx": {}})
    return read_card(folder / "card.json")


FAMILIES = dict(zip(IDS, ("sam2", "sam2_preconverted"), strict=True))


@pytest.mark.parametrize("model_id", IDS)
def test_an_export_is_a_model_that_answers_as_its_checkpoint(tmp_path, checkpoint, narrow, model_id):
    source = open_source(model_id, checkpoint)
    target = export_model(source, card_of(tmp_path, model_id, FAMILIES[model_id]), tmp_path / "models")
    assert target == tmp_path / "models" / model_id
    model = Registry(tmp_path / "models").get(model_id)
    assert all(file.sha256 and file.size for file in model.card.files.values())
    model.load(SessionSettings(threads=2))
    rgb = np.random.default_rng(2).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    points = (Point(30.0, 20.0), Point(70.0, 60.0, foreground=False))
    logits, _ = source.encode(rgb)(points, None)
    assert np.abs(model.decode(model.encode(rgb), ModelPrompts(points)).logits - logits).max() < 1e-3


def shifted(ask):
    return lambda *prompts: tuple(part + 0.1 for part in ask(*prompts))


def test_an_export_that_answers_otherwise_is_not_kept(tmp_path, checkpoint, narrow):
    source = open_source(IDS[0], checkpoint)
    other = dataclasses.replace(source, encode=lambda rgb: shifted(source.encode(rgb)))
    with pytest.raises(
        ModelError, match=r"answers otherwise than the checkpoint: its logits are off by 0\.1"
    ):
        export_model(other, card_of(tmp_path, IDS[0], "sam2"), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_export_of_another_family_is_not_kept(tmp_path, checkpoint, narrow):
    with pytest.raises(ModelError, match="not of the family HQ-SAM"):
        export_model(
            open_source(IDS[0], checkpoint), card_of(tmp_path, IDS[0], "hq_sam"), tmp_path / "models"
        )
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(
    ("model_id", "path", "reason"),
    [
        ("dall-e", ".", "'dall-e' cannot be exported; these can: sam2.1-hiera-tiny"),
        ("sam2.1-hiera-tiny", "absent", "cannot be loaded as sam2.1-hiera-tiny"),
        ("sam-hq-vit-b", "absent.pth", "clone https://github.com/SysCV/sam-hq"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_a_sentence(tmp_path, model_id, path, reason):
    with pytest.raises(ModelError, match=reason):
        open_source(model_id, tmp_path / Path(path))


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x80\x04garbage", bytes(range(256)) * 20])
def test_a_file_that_holds_no_weights_is_a_sentence(tmp_path, monkeypatch, data):
    clone = tmp_path / "clone" / "segment_anything"
    clone.mkdir(parents=True)
    (clone / "__init__.py").write_text(
        "import torch\nsam_model_registry = {'vit_b': lambda: torch.nn.Linear(2, 3)}\n", encoding="utf-8"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "segment_anything", raising=False)
    (tmp_path / "weights.pth").write_bytes(data)
    with pytest.raises(ModelError, match="cannot be loaded as sam-hq-vit-b") as caught:
        open_source("sam-hq-vit-b", tmp_path / "weights.pth", clone.parent)
    assert "\n" not in caught.value.message
    import torch

    torch.save({"weight": torch.zeros(3, 2)}, tmp_path / "weights.pth")
    with pytest.raises(ModelError, match="lacks 1 of the model's weights, 'bias' first"):
        open_source("sam-hq-vit-b", tmp_path / "weights.pth", clone.parent)
    sys.modules.pop("segment_anything")


def test_a_checkpoint_of_which_a_weight_is_missing_is_refused(tmp_path, checkpoint, narrow):
    from safetensors.torch import load_file, save_file

    shutil.copytree(checkpoint, tmp_path / "half")
    weights = load_file(tmp_path / "half" / "model.safetensors")
    weights.pop("mask_decoder.iou_token.weight")
    save_file(weights, tmp_path / "half" / "model.safetensors", {"format": "pt"})
    with pytest.raises(
        ModelError, match=r"lacks 1 of the model's weights, 'mask_decoder\.iou_token\.weight'"
    ):
        open_source(IDS[0], tmp_path / "half")


def test_a_checkpoint_of_the_video_model_is_one_too(tmp_path, checkpoint, narrow):
    """The hub's folders are of this kind: the image model's weights, and the memory's beside them."""
    import torch
    from transformers import Sam2Model, Sam2VideoConfig, Sam2VideoModel

    image = Sam2Model.from_pretrained(checkpoint)
    torch.manual_seed(1)
    video = Sam2VideoModel(Sam2VideoConfig(vision_config=image.config.vision_config.to_dict()))
    video.load_state_dict(image.state_dict(), strict=False)
    video.save_pretrained(tmp_path / "video")
    rgb = np.random.default_rng(2).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    answers = [
        open_source(IDS[0], folder).encode(rgb)((Point(30.0, 20.0),), None)[0]
        for folder in (checkpoint, tmp_path / "video")
    ]
    assert np.abs(answers[0] - answers[1]).max() < 1e-4
