# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests in real editors need is found from the tests, made before them, and refused once."""

from __future__ import annotations

import pytest
from tests.hosts import prepare, roots

GIMP, KRITA = "/x/tests/hosts/gimp/test_a.py", "/x/tests/hosts/krita/test_b.py"


@pytest.mark.parametrize(
    ("items", "releases", "kritas"),
    [
        ([("/x/tests/unit/test_c.py", ["forky"])], [], []),
        ([(GIMP, ["forky"])], ["forky"], []),
        ([(GIMP, [])], ["trixie"], []),
        ([(KRITA, ["5.1", "rgb-16"])], [], [None]),
        ([(KRITA, ["5.3"]), (KRITA, ["5.1"])], ["forky"], [None, "forky"]),
        ([("/x/tests/hosts/test_newest_python.py", [])], ["forky"], []),
    ],
)
def test_the_tests_say_what_they_need(items, releases, kritas):
    assert prepare.needed(items) == (releases, kritas)


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A machine that could make roots, with none made yet."""
    monkeypatch.setenv("MASKWRIGHT_TEST_CACHE", str(tmp_path))
    monkeypatch.setattr(roots, "_refused", {})
    monkeypatch.setattr(roots, "_check_machine", lambda: None)
    monkeypatch.setattr(roots, "TELL_SECONDS", 0.05)


def test_a_root_that_cannot_be_made_is_tried_once_and_its_reason_kept(empty, monkeypatch):
    calls = []

    def command(*_):
        calls.append(1)
        return ["sh", "-c", "echo the archive is away >&2; exit 7"]

    monkeypatch.setattr(roots, "_command", command)
    told = []
    prepare.prepare(["trixie"], [], told.append)
    assert "the archive is away" in told[-1]
    for _ in range(2):
        with pytest.raises(roots.NoRoot, match="the archive is away"):
            roots.root("trixie")
    assert len(calls) == 1


def test_a_root_is_made_with_word_of_it(empty, monkeypatch):
    monkeypatch.setattr(roots, "_command", lambda _, folder: ["sh", "-c", f"sleep 0.2; mkdir {folder}"])
    told = []
    prepare.prepare(["trixie"], [], told.append)
    assert len([line for line in told if "making the Debian root trixie" in line]) > 1
    assert roots.is_there("trixie")
    told.clear()
    prepare.prepare(["trixie"], [], told.append)
    assert told == []


def test_a_root_that_takes_too_long_is_given_up(empty, monkeypatch):
    monkeypatch.setattr(roots, "BUILD_SECONDS", 0.1)
    monkeypatch.setattr(roots, "_command", lambda *_: ["sleep", "60"])
    with pytest.raises(roots.NoRoot, match="was not ready"):
        roots.root("trixie")
