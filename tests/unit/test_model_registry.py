# SPDX-License-Identifier: GPL-3.0-or-later
"""Cards read strictly, and model folders found: the damaged ones with their reason, in nobody's way."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from maskwright_backend.models.card import parse_card, read_card
from maskwright_backend.models.registry import Registry
from maskwright_shared.errors import ModelError

CARD = {
    "id": "m", "name": "A model", "family": "sam2", "summary": "For tests.", "licence": "MIT",
    "licence_url": "https://example.org", "training_data": "none", "limits": [], "source": "here",
    "files": {"encoder.onnx": {"sha256": "0" * 64, "size": 3}, "decoder.onnx": {"sha256": None, "size": None}},
}  # fmt: skip


def install(models, name, **changes):
    folder = models / name
    folder.mkdir(parents=True)
    (folder / "encoder.onnx").write_bytes(b"abc")
    (folder / "decoder.onnx").write_bytes(b"def")
    (folder / "card.json").write_text(json.dumps({**CARD, "id": name, **changes}), encoding="utf-8")
    return folder


def entries(models):
    return {entry.id: entry for entry in Registry(models).list() if not entry.is_builtin}


def test_a_card_comes_back_as_it_was(tmp_path):
    card = parse_card({**CARD, "paper": "Kirillov et al. 2023"}, tmp_path)
    assert card.details == {"paper": "Kirillov et al. 2023"}
    assert card.to_json() == {**CARD, "paper": "Kirillov et al. 2023"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "'id' must be a text"),
        ({"id": "../up"}, "'id' may hold"),
        ({"licence": 3}, "'licence' must be a text"),
        ({"limits": "none"}, "'limits' must be a list"),
        ({"limits": [1]}, "'limits' must be a list"),
        ({"files": {}}, "'files' must name"),
        ({"files": {"../x": {}}}, "not inside the model's folder"),
        ({"files": {"/etc/passwd": {}}}, "not inside the model's folder"),
        ({"files": {"a\\..\\b": {}}}, "not inside the model's folder"),
        ({"files": {"C:x": {}}}, "not inside the model's folder"),
        ({"files": {"encoder.onnx": []}}, "must give a hash and a size"),
        ({"files": {"encoder.onnx": {"sha256": "abc"}}}, "64 hexadecimal digits"),
        ({"files": {"encoder.onnx": {"size": -1}}}, "number of bytes"),
        ({"files": {"encoder.onnx": {"size": True}}}, "number of bytes"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, changes, reason):
    with pytest.raises(ModelError, match=reason) as caught:
        parse_card({**CARD, **changes}, tmp_path)
    assert caught.value.code == "model.card"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 200_000, b" " * ((1 << 20) + 1)])
def test_a_file_that_is_no_card_is_refused(tmp_path, data):
    (tmp_path / "card.json").write_bytes(data)
    with pytest.raises(ModelError, match="is refused"):
        read_card(tmp_path / "card.json")


def test_models_are_found_without_loading_them(tmp_path):
    install(tmp_path, "a")
    install(tmp_path, "b", family="hq_sam")
    found = entries(tmp_path)
    assert [(entry.id, entry.model.family.name, entry.reason) for entry in found.values()] == [
        ("a", "sam2", ""), ("b", "hq_sam", "")
    ]  # fmt: skip
    assert Registry(tmp_path).get("a").card.name == "A model"


def test_the_hubs_layout_is_found(tmp_path):
    folder = install(tmp_path, "a", files={"onnx/vision_encoder.onnx": {}})
    (folder / "onnx").mkdir()
    (folder / "encoder.onnx").rename(folder / "onnx" / "vision_encoder.onnx")
    (folder / "decoder.onnx").rename(folder / "onnx" / "prompt_encoder_mask_decoder.onnx")
    assert entries(tmp_path)["a"].model is not None


def test_damaged_models_are_listed_with_the_reason_and_harm_no_other(tmp_path):
    install(tmp_path, "cut-short", files={"encoder.onnx": {"size": 1000}})
    install(tmp_path, "fine")
    (install(tmp_path, "no-card") / "card.json").unlink()
    (install(tmp_path, "no-graph", files={"encoder.onnx": {}}) / "decoder.onnx").unlink()
    install(tmp_path, "no-weights", files={"encoder.onnx_data": {}})
    install(tmp_path, "stranger", family="yolo")
    (tmp_path / ".half-done").mkdir()
    (tmp_path / "a file").write_text("")
    reasons = {name: entry.reason for name, entry in entries(tmp_path).items()}
    assert "has 3 bytes instead of 1000" in reasons["cut-short"]
    assert reasons["fine"] == ""
    assert "cannot be read" in reasons["no-card"]
    assert "lacks encoder.onnx or decoder.onnx" in reasons["no-graph"]
    assert "onnx_data is missing" in reasons["no-weights"]
    assert "family 'yolo'" in reasons["stranger"]
    assert len(reasons) == 6
    with pytest.raises(ModelError, match="onnx_data is missing"):
        Registry(tmp_path).get("no-weights")


def test_two_folders_with_one_id_are_told_apart(tmp_path):
    install(tmp_path, "a")
    install(tmp_path, "z", id="a")
    found = entries(tmp_path)
    assert found["a"].folder.name == "a"
    assert "has the id of the one in" in found["z"].reason


def test_an_unknown_model_is_answered_with_the_known_ones(tmp_path):
    install(tmp_path, "a")
    with pytest.raises(ModelError, match=r"There is no model 'b'; there are: .*a") as caught:
        Registry(tmp_path).get("b")
    assert caught.value.code == "model.unknown"


def test_a_model_stays_one_object_until_its_files_change(tmp_path):
    folder = install(tmp_path, "a", files={"encoder.onnx": {}})
    registry = Registry(tmp_path)
    first = registry.get("a")
    assert registry.get("a") is first
    (folder / "encoder.onnx").write_bytes(b"another")
    assert registry.get("a") is not first


def test_a_missing_folder_means_the_built_in_model_alone(tmp_path):
    assert [entry.is_builtin for entry in Registry(tmp_path / "absent").list()] == [True]


def test_looking_for_models_imports_no_heavy_library():
    code = (
        "import sys; from pathlib import Path; from maskwright_backend.models.registry import Registry;"
        "Registry(Path('absent')).list(); print({'onnxruntime', 'cv2', 'onnx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)},
                          capture_output=True, text=True, check=True, timeout=180)  # fmt: skip
    assert done.stdout.strip() == "set()"
