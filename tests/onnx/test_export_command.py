# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright models export` where it cannot do it: one sentence, and nothing is left behind."""

import importlib.util

import pytest

from maskwright_backend.cli import main


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    return tmp_path


def refused(capsys, *arguments):
    assert main(["models", "export", *map(str, arguments)]) == 4
    said = capsys.readouterr().err
    assert said.startswith("maskwright: ")
    assert said.count("\n") == 1
    return said


def test_an_unknown_model_is_named_with_those_that_are_known(home, capsys, tmp_path):
    assert "sam2.1-hiera-tiny" in refused(capsys, "nothing", tmp_path)


def test_a_missing_checkpoint_is_named(home, capsys, tmp_path):
    assert "absent.pth" in refused(capsys, "hq-sam-light", tmp_path / "absent.pth")


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed here")
def test_without_pytorch_it_says_what_to_install(home, capsys, tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"\0")
    assert "extra 'export'" in refused(capsys, "hq-sam-light", tmp_path / "weights.pth")
    assert not (home / "models").exists()
