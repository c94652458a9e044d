# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution providers: each is tried in another process; what crashes, hangs or lies is quarantined, not used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from maskwright_backend.cli.model_table import NEEDED, provider_lines
from maskwright_backend.models.registry import Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_backend.preferences import Preferences
from maskwright_backend.store.progress import Task
from maskwright_backend.store.providers import CPU, KNOWN, Providers
from maskwright_backend.store.store import Store
from maskwright_shared.errors import ModelError, RequestError

CUDA = KNOWN["cuda"]
GOOD = {"provider": CUDA, "iou": 0.999, "encoder_ms": 10.0, "cpu_encoder_ms": 100.0}


def says(answer):
    return (sys.executable, "-c", f"print({json.dumps(json.dumps(answer))})")


BAD = {
    "crash": ((sys.executable, "-c", "import os; os.abort()"), "it crashed (signal 6)"),
    "exit": ((sys.executable, "-c", "raise SystemExit(7)"), "it crashed (exit code 7)"),
    "hang": ((sys.executable, "-c", "import time; time.sleep(600)"), "did not answer within"),
    "silence": ((sys.executable, "-c", ""), "gave no answer"),
    "nonsense": ((sys.executable, "-c", "print('[]')"), "gave no answer"),
    "wrong mask": (says({**GOOD, "iou": 0.4}), "its mask of the known image is wrong (IoU 0.400"),
    "fallback": (says({**GOOD, "provider": CPU}), "did not take it up"),
    "error": (says({"error": "No kernel."}), "its trial failed: No kernel."),
}


@pytest.fixture
def model(tmp_path):
    return Registry(tmp_path / "models").get("maskwright-builtin")


def providers(home, command, offered=(CUDA, CPU), version="1.0", seconds=20.0):
    return Providers(home, lambda: (version, offered), command, seconds)


def choose(found, model, wanted="cuda"):
    return found.choose(wanted, model, Task(), 1)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_provider_is_quarantined_with_its_reason(tmp_path, model, case):
    command, reason = BAD[case]
    found = providers(tmp_path, command, seconds=0.5 if case == "hang" else 20.0)
    assert choose(found, model) == (CPU,)
    row = next(row for row in found.report() if row["name"] == "cuda")
    assert row["state"] == "quarantined"
    assert reason in row["models"][model.id]["reason"]
    assert reason in found.quarantined()[0]
    later = providers(tmp_path, says(GOOD))
    assert choose(later, model) == (CPU,), "a quarantine is remembered"


def test_a_good_provider_is_tried_once_and_used(tmp_path, model):
    assert choose(providers(tmp_path, says(GOOD)), model) == (CUDA, CPU)
    again = providers(tmp_path, BAD["crash"][0])
    assert choose(again, model) == (CUDA, CPU)
    assert again.quarantined() == []


def test_another_onnx_runtime_is_tried_anew(tmp_path, model):
    choose(providers(tmp_path, BAD["crash"][0]), model)
    assert choose(providers(tmp_path, says(GOOD), version="2.0"), model) == (CUDA, CPU)


def test_a_provider_that_is_not_there_is_never_tried(tmp_path, model):
    found = providers(tmp_path, BAD["crash"][0], offered=(CPU,))
    assert choose(found, model) == (CPU,)
    assert {row["name"]: row["state"] for row in found.report()} == {
        "cpu": "fine", "cuda": "absent", "directml": "absent", "coreml": "absent", "openvino": "absent"
    }  # fmt: skip
    assert not (tmp_path / "providers.json").exists()


def test_the_cpu_is_used_unless_another_is_chosen(tmp_path, model):
    found = providers(tmp_path, says(GOOD))
    assert choose(found, model, "cpu") == (CPU,)
    assert choose(found, model, "auto") == (CUDA, CPU)
    assert choose(found, model, "nonsense") == (CPU,)


def test_auto_takes_the_next_when_the_first_is_bad(tmp_path, model):
    openvino = KNOWN["openvino"]
    answer = {**GOOD, "provider": openvino}
    found = providers(tmp_path, says(answer), offered=(CUDA, openvino, CPU))
    assert choose(found, model, "auto") == (openvino, CPU)


@pytest.fixture
def store(tmp_path):
    home = tmp_path / "home"
    registry = Registry(home / "models")
    return Store(home / "models", registry, Preferences(home), 1, lambda _: None)


def test_the_real_probe_of_a_provider_that_is_not_built_in_finds_the_fall_back(store, model):
    """The real child process runs: ONNX Runtime ignores the provider and says what really ran."""
    found = store.providers
    found._offered = lambda: ("1.0", (CUDA, CPU))
    note = found.probe("cuda", model, Task(), 1)
    assert note["state"] == "quarantined"
    assert "did not take it up" in note["reason"]


def test_doctor_tells_chooses_and_probes(store):
    assert store.doctor("", Task(), probe=False)["chosen"] == "cpu"
    assert store.doctor("auto", Task(), probe=True)["chosen"] == "auto"
    with pytest.raises(RequestError, match="choose one of cpu, auto, cuda"):
        store.doctor("gpu", Task(), probe=False)


def test_a_choice_that_is_absent_is_said_with_what_runs_and_what_to_install(store):
    store.providers._offered = lambda: ("1.0", (CPU,))
    told = provider_lines(store.doctor("cuda", Task(), probe=False))[1:]
    assert told == [f"'cuda' is chosen but absent, so the CPU runs: {NEEDED['cuda']}."]
    assert "onnxruntime-gpu" in told[0]
    store.providers._offered = lambda: ("1.0", (CUDA, CPU))
    assert provider_lines(store.doctor("cuda", Task(), probe=False))[1:] == []
    assert provider_lines(store.doctor("cpu", Task(), probe=False))[1:] == []


def test_whichever_provider_is_absent_there_is_something_to_do():
    assert NEEDED.keys() == KNOWN.keys()


def test_a_provider_that_fails_at_loading_is_quarantined_and_the_cpu_loads(store, monkeypatch):
    model = store._registry.get("maskwright-builtin")
    store._preferences.choose(provider="cuda")
    store.providers = providers(Path(store._models).parent, says(GOOD))
    loaded = []

    def load(settings):
        loaded.append(settings.providers)
        if settings.providers[0] == CUDA:
            raise ModelError("model.broken", "No memory.", "cudaErrorMemoryAllocation")

    monkeypatch.setattr(model, "load", load)
    store.load(model, lambda names: SessionSettings(1, names), Task())
    assert loaded == [(CUDA, CPU), (CPU,)]
    assert "cudaErrorMemoryAllocation" in store.providers.quarantined()[0]
    store.load(model, lambda names: SessionSettings(1, names), Task())
    assert loaded[-1] == (CPU,)
