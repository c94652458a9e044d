# SPDX-License-Identifier: GPL-3.0-or-later
"""The note that leads a bundle to its backend."""

from pathlib import Path

import pytest

from maskwright_shared.installation import FILE, Installation, Note, find_installation, note_of
from maskwright_shared.places import find_places
from maskwright_shared.stamp import write_stamp


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch, tmp_path):
    monkeypatch.delenv("MASKWRIGHT_HOME", raising=False)
    monkeypatch.delenv("MASKWRIGHT_RUNTIME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def installed(home, **env):
    places = find_places({"MASKWRIGHT_HOME": str(home), **env})
    places.interpreter.parent.mkdir(parents=True)
    places.interpreter.touch()
    return Installation(places.interpreter, places)


@pytest.mark.parametrize("runtime", [{}, {"MASKWRIGHT_RUNTIME": "/run/somewhere"}])
def test_a_note_leads_back_to_its_installation(tmp_path, runtime):
    installation = installed(tmp_path / "home", **runtime)
    note_of(installation).write(tmp_path)
    assert find_installation(tmp_path) == installation
    assert installation.complete


def test_the_default_installation_is_not_pinned_down(tmp_path):
    places = find_places()
    assert note_of(Installation(places.interpreter, places)) == Note(str(places.interpreter), "", "")


@pytest.mark.parametrize(("stamp", "complete"), [("unfinished", False), ("a1b2", True)])
def test_an_environment_that_a_setup_left_half_made_is_no_backend(tmp_path, stamp, complete):
    installation = installed(tmp_path / "home")
    write_stamp(installation.places.environment, stamp)
    assert installation.complete is complete


def test_the_environment_wins_over_the_note(tmp_path):
    note_of(installed(tmp_path / "noted")).write(tmp_path)
    chosen = installed(tmp_path / "chosen")
    assert find_installation(tmp_path, {"MASKWRIGHT_HOME": str(tmp_path / "chosen")}) == chosen


def test_a_chosen_home_without_a_backend_is_served_by_the_noted_interpreter(tmp_path):
    noted = installed(tmp_path / "noted")
    note_of(noted).write(tmp_path)
    found = find_installation(tmp_path, {"MASKWRIGHT_HOME": str(tmp_path / "empty")})
    assert found.python == noted.python
    assert found.places.home == tmp_path / "empty"


def test_without_a_note_the_default_home_is_where_the_backend_would_be(tmp_path):
    found = find_installation(tmp_path)
    assert found.places == find_places()
    assert found.python == found.places.interpreter
    assert not found.complete


@pytest.mark.parametrize("text", ["", "[]", "{", '{"python": 1, "home": null}', "\udcff"])
def test_a_damaged_note_is_an_empty_one(tmp_path, text):
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Note.read(tmp_path) == Note()


def test_paths_of_any_spelling_survive(tmp_path):
    note = Note("/home/Jürgen 画/python", str(Path("a b")), "")
    note.write(tmp_path)
    assert Note.read(tmp_path) == note
