# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an export is put: in one move, with the old model back in its place when that fails."""

import errno
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from maskwright_backend.models.card import read_card
from maskwright_backend.models.export import folder as export
from maskwright_backend.models.registry import BUILTIN_FOLDER
from maskwright_shared.errors import ModelError


def model(path, text):
    path.mkdir(parents=True)
    (path / "card.json").write_text(text)
    return path


def test_a_new_export_takes_the_place_of_the_old_one(tmp_path):
    model(tmp_path / "tiny", "old")
    made = model(tmp_path / "work" / "tiny", "new")
    assert export._put_in_place(made, tmp_path / "tiny", tmp_path / "work" / "before") == tmp_path / "tiny"
    assert (tmp_path / "tiny" / "card.json").read_text() == "new"
    assert (tmp_path / "work" / "before" / "card.json").read_text() == "old"


def test_the_old_one_is_back_when_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    model(tmp_path / "tiny", "old")
    made = model(tmp_path / "work" / "tiny", "new")
    rename = Path.rename

    def refuse(path, target):
        if path == made:
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        export._put_in_place(made, tmp_path / "tiny", tmp_path / "work" / "before")
    assert (tmp_path / "tiny" / "card.json").read_text() == "old"


def test_what_killed_exports_left_goes_and_a_running_one_stays(tmp_path):
    old, young = tmp_path / ".export-old", tmp_path / ".export-young"
    model(old / "tiny", "half")
    model(young / "tiny", "half")
    long_ago = time.time() - export.KILLED_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    export._clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".export-young"]


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path):
    def write(folder):
        folder.mkdir()
        (folder / "encoder.onnx").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    card = read_card(BUILTIN_FOLDER / "card.json")
    with pytest.raises(ModelError, match=r"models cannot be written \(No space left on device\)"):
        export.export_model(SimpleNamespace(write=write), card, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
