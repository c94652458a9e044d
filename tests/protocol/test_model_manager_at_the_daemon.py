# SPDX-License-Identifier: GPL-3.0-or-later
"""The model manager through a real daemon, against a hub that breaks off, lies and refuses."""

from __future__ import annotations

import queue

import pytest
from tests.protocol.house import House, until
from tests.protocol.hub import DECODER, ENCODER, MODEL, Hub
from tests.unit.tricky_server import Trick

from maskwright_plugin.backend import Backend
from maskwright_plugin.models.facts import Standing
from maskwright_plugin.models.kept import Kept
from maskwright_plugin.models.manager import IMPORT, Manager
from maskwright_plugin.models.words import Words


class Editor:
    """A manager with a backend of its own; the test's thread is the editor's main thread."""

    def __init__(self, house):
        self._calls = queue.Queue()
        self.backend = Backend(self._calls.put, installation=house.installation, name="editor")
        self.arrived = []
        kept = Kept(house.places.home)
        self.manager = Manager(lambda: self.backend, Words(), kept, lambda: None, self.arrived.append)

    def until(self, condition, what):
        """Run what the backend posts, and ask for the list now and then, until something is true."""

        def look():
            self.manager.refresh()
            while not self._calls.empty():
                self._calls.get()()
            return condition()

        return until(look, what)

    @property
    def row(self):
        return self.manager.row(MODEL)

    def begin(self):
        self.until(lambda: self.row is not None, "the list")
        self.manager.get(MODEL)

    def note(self):
        return self.until(lambda: self.manager.notes.get(MODEL), "a sentence")

    def close(self):
        self.backend.close()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    hub = Hub(tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in hub.environment.items():
        monkeypatch.setenv(name, value)
    yield hub
    hub.close()


@pytest.fixture
def house(tmp_path, hub):
    house = House(tmp_path, python=hub.python)
    yield house
    house.close()


@pytest.fixture
def editor(house):
    editor = Editor(house)
    yield editor
    editor.close()


@pytest.fixture
def other(house):
    editor = Editor(house)
    yield editor
    editor.close()


def test_a_model_is_got_after_the_line_broke_and_used_checked_and_removed(editor, hub):
    hub.tricks[ENCODER] = Trick(times=1, stall=5000)
    editor.begin()
    editor.until(lambda: editor.row.begun == 5000, "the first bytes")
    editor.manager.cancel(MODEL)
    row = editor.until(lambda: editor.row if editor.row.standing is Standing.AVAILABLE else None, "the end")
    assert row.begun == 5000
    editor.manager.get(MODEL)
    editor.until(lambda: editor.row.is_usable, "the model")
    assert hub.ranges(ENCODER) == [None, "bytes=5000-"]
    assert editor.arrived == [MODEL]
    editor.manager.use_by_default(MODEL)
    editor.until(lambda: editor.row.is_default, "the choice")
    editor.manager.check(MODEL)
    assert editor.note() == "Checked: all right."
    editor.manager.remove(MODEL)
    editor.until(lambda: editor.row.standing is Standing.AVAILABLE, "the removal")
    assert editor.manager.row("maskwright-builtin").is_default


def test_another_editor_sees_it_come_and_can_stop_it(editor, other, hub):
    hub.tricks[ENCODER] = Trick(stall=5000)
    editor.begin()
    other.until(lambda: other.row is not None and other.row.coming, "the other's download")
    other.manager.cancel(MODEL)
    other.until(lambda: other.row.standing is Standing.AVAILABLE, "its end")
    editor.until(lambda: not editor.manager.is_waiting, "its end at who asked")
    assert MODEL not in editor.manager.notes, "whoever stopped it, it was no failure"


def test_a_download_outlives_the_editor_that_asked_for_it(editor, other, hub):
    hub.slow()
    editor.begin()
    other.until(lambda: other.row is not None and other.row.coming, "the download")
    editor.close()
    other.until(lambda: other.row.is_usable, "the model")


@pytest.mark.parametrize(
    ("trick", "said"),
    [
        (Trick(status=404), "404"),
        (Trick(status=403), "403"),
        (Trick(body=b"another model"), "another file"),
    ],
)
def test_a_hub_that_lies_or_refuses_is_told_and_nothing_is_installed(editor, other, hub, trick, said):
    hub.tricks[DECODER] = trick
    editor.begin()
    assert said in editor.note()
    editor.until(lambda: editor.row.standing is Standing.AVAILABLE, "the offer again")
    assert editor.arrived == []
    other.until(lambda: other.row is not None and said in other.row.reason, "the reason at another editor")


def test_nothing_is_fetched_by_looking(editor, hub):
    editor.until(lambda: editor.row is not None, "the list")
    editor.manager.look_at_computer()
    editor.until(lambda: editor.manager.memory, "the computer")
    assert hub.requests == []


def test_a_daemon_that_dies_in_the_middle_is_a_sentence_and_the_next_try_goes_on(editor, house, hub):
    hub.tricks[ENCODER] = Trick(times=1, stall=5000)
    editor.begin()
    editor.until(lambda: editor.row.begun == 5000, "the first bytes")
    house.kill()
    assert editor.note()
    editor.manager.get(MODEL)
    editor.until(lambda: editor.row.is_usable, "the model")
    assert hub.ranges(ENCODER) == [None, "bytes=5000-"]


def test_files_of_ones_own_are_imported(editor, hub, tmp_path):
    for path in (ENCODER, DECODER):
        (tmp_path / path.rpartition("/")[2]).write_bytes(hub.files[path])
    editor.manager.bring([str(tmp_path / "encoder.onnx"), str(tmp_path / "decoder.onnx")])
    editor.until(lambda: editor.arrived, "the import")
    row = editor.until(lambda: editor.manager.row(editor.arrived[0]), "its row")
    assert row.is_usable
    assert editor.manager.notes[IMPORT] == f"{row.id} is installed."
    editor.manager.bring([str(tmp_path / "absent.zip")])
    editor.until(lambda: "absent.zip" in editor.manager.notes.get(IMPORT, ""), "the refusal")
