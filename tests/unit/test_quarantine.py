# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models are set aside: what counts as an end of the daemon, for how long, and what lifts it."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from maskwright_backend.store.quarantine import Quarantine
from maskwright_shared.errors import ModelError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.fixture
def daemon():
    """Return what makes a new daemon's quarantine, with models that never end; one that does not `end` has died."""
    with contextlib.ExitStack() as afterwards:

        def daemon(folder, *running):
            quarantine = Quarantine(folder, folder / "run")
            quarantine.begin()
            afterwards.callback(quarantine.end)
            for model in running:
                afterwards.enter_context(quarantine.running(model))
            return quarantine

        yield daemon


def test_the_second_end_sets_a_model_aside_and_only_what_ran(folder, daemon):
    daemon(folder, "a", "b")
    daemon(folder, "b")
    quarantine = daemon(folder)
    assert list(quarantine.reasons()) == ["b"]
    quarantine.check("a")
    with pytest.raises(ModelError) as caught:
        quarantine.check("b")
    assert caught.value.code == "model.quarantined"
    assert "'maskwright models verify b'" in caught.value.message


def test_what_had_ended_before_is_not_blamed(folder, daemon):
    for _ in range(2):
        quarantine = daemon(folder)
        with quarantine.running("a"), quarantine.running("a-model-with-a-long-name"):
            pass
    assert daemon(folder).reasons() == {}


def test_a_model_that_two_run_counts_as_running_until_both_have_ended(folder, daemon):
    for _ in range(2):
        quarantine = daemon(folder, "a")
        with quarantine.running("a"):
            pass
    assert list(daemon(folder).reasons()) == ["a"]


def test_an_end_long_ago_counts_no_more_but_what_is_set_aside_stays_so(folder, daemon):
    long_ago = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    notes = {"once": {"times": 1, "when": long_ago}, "twice": {"times": 2, "when": long_ago}}
    (folder / "quarantine.json").write_text(json.dumps(notes))
    daemon(folder, "once")
    assert list(daemon(folder).reasons()) == ["twice"]


def test_lifting_it_is_for_good(folder, daemon):
    daemon(folder, "a")
    daemon(folder, "a")
    daemon(folder).lift("a")
    assert daemon(folder).reasons() == {}
    daemon(folder, "a")
    assert daemon(folder).reasons() == {}


@pytest.mark.parametrize(
    "note", ["x", {"times": "2", "when": ""}, {"times": 2}, [], None, {"times": 2, "when": 5}]
)
def test_a_damaged_note_counts_as_none(folder, daemon, note):
    (folder / "quarantine.json").write_text(json.dumps({"a": note}))
    daemon(folder, "a")
    assert daemon(folder).reasons() == {}


def test_without_a_folder_to_write_to_models_run_all_the_same(tmp_path, daemon):
    (tmp_path / "run").write_text("a file in the folder's place")
    quarantine = daemon(tmp_path)
    with quarantine.running("a"):
        quarantine.check("a")
    quarantine.end()
