# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports from a checkpoint: kept when the graphs answer as it does, refused when not. Needs torch and transformers."""

from __future__ import annotations

import dataclasses
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


def card_of(folder, model_id, family):
    write_card(folder, model_id, family, files={"encoder.onnx": {}})
    return read_card(folder / "card.json")


FAMILIES = dict(zip(IDS, ("sam2", "sam2_preconverted"), strict=True))


@pytest.mark.parametrize("model_id", IDS)
def test_an_export_is_a_model_that_answers_as_its_checkpoint(tmp_path, checkpoint, model_id):
    source = open_source(model_id, checkpoint)
    target = export_model(source, card_of(tmp_path, model_id, FAMILIES[model_id]), tmp_path / "models")
    assert target == tmp_path / "models" / model_id
    model = Registry(tmp_path / "models").get(model_id)
    assert all(file.sha256 and file.size for file in model.card.files.values())
    model.load(SessionSettings(threads=2))
    rgb = np.random.default_rng(2).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    points = (Point(30.0, 20.0), Point(70.0, 60.0, foreground=False))
    logits, _ = source.ask(rgb, points, None)
    assert np.abs(model.decode(model.encode(rgb), ModelPrompts(points)).logits - logits).max() < 1e-3


def test_an_export_that_answers_otherwise_is_not_kept(tmp_path, checkpoint):
    source = open_source(IDS[0], checkpoint)
    other = dataclasses.replace(
        source, ask=lambda *prompts: tuple(part + 0.1 for part in source.ask(*prompts))
    )
    with pytest.raises(
        ModelError, match=r"answers otherwise than the checkpoint: its logits are off by 0\.1"
    ):
        export_model(other, card_of(tmp_path, IDS[0], "sam2"), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_export_of_another_family_is_not_kept(tmp_path, checkpoint):
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
