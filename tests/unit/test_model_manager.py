# SPDX-License-Identifier: GPL-3.0-or-later
"""The model manager without an editor and without a daemon: rows, advice, words, progress, and what a user does."""

import ast
import re
from pathlib import Path

import pytest

from maskwright_backend.models.registry import Registry
from maskwright_backend.store.catalogue import catalogue
from maskwright_backend.store.store import offered
from maskwright_plugin.catalogues import read_catalogue
from maskwright_plugin.models.acceptance import acceptance
from maskwright_plugin.models.details import LABELS, details, size_line, standing_line, time_line
from maskwright_plugin.models.facts import Coming, Standing, rows_of
from maskwright_plugin.models.hint import BUILTIN, Hint
from maskwright_plugin.models.kept import Kept
from maskwright_plugin.models.manager import IMPORT, Manager
from maskwright_plugin.models.progress import Pace, progress_line, short_line
from maskwright_plugin.models.recommend import advise
from maskwright_plugin.models.times import speed_factor
from maskwright_plugin.models.words import FOLDER, STAGES, Words, environment_languages, size, time_left
from maskwright_plugin.picking.prompts import Prompts
from maskwright_shared import messages as m
from maskwright_shared.errors import ConnectionFailed, ModelError
from maskwright_shared.geometry import Box, Point

PLUGIN = Path(__file__).parents[2] / "plugin"
W = Words()


def builtin(**more):
    return {"id": BUILTIN, "name": "Built-in", "state": "loaded", "builtin": True, **more}


def model(id, state="available", *, rank=1, encoder=1000, click=20, memory=1000, **more):
    expected = {"encoder_ms": encoder, "click_ms": click, "memory_mb": memory}
    details_ = {"rank": rank, "expected_speed": expected, "size_mb": 100, "download_mb": 90}
    return {
        "id": id,
        "name": id.title(),
        "state": state,
        "details": {**details_, **more.pop("details", {})},
        **more,
    }


# Rows.


def test_rows_are_ordered_as_a_painter_looks_for_them():
    rows = rows_of([model("b", rank=2), model("a", rank=1), model("c", "broken"), builtin()], "c")
    assert [row.id for row in rows] == [BUILTIN, "c", "a", "b"]
    assert [row.standing for row in rows] == [
        Standing.INSTALLED, Standing.DAMAGED, Standing.AVAILABLE, Standing.AVAILABLE,
    ]  # fmt: skip
    assert [row.is_default for row in rows] == [False, True, False, False]


def test_expected_times_are_scaled_by_what_was_measured_here():
    known = model("a", "installed", encoder=1000, click=20, measured={"encoder_ms": 2000, "click_ms": 40})
    assert speed_factor([known, model("b")]) == pytest.approx(2)
    found = {row.id: row for row in rows_of([known, model("b", encoder=500, click=10)], "a")}
    assert (found["a"].image_seconds, found["a"].measured) == (2.0, True)
    assert (found["b"].image_seconds, found["b"].click_seconds) == (pytest.approx(1.0), pytest.approx(0.02))
    assert not found["b"].measured
    assert speed_factor([model("b")]) == 1.0
    quick = builtin(details={"expected_speed": {"encoder_ms": 26, "click_ms": 28}})
    assert speed_factor([{**quick, "measured": {"encoder_ms": 260, "click_ms": 56}}]) == pytest.approx(2)
    on_a_card = {"encoder_ms": 10, "click_ms": 1, "provider": "CUDAExecutionProvider"}
    assert speed_factor([model("a", measured=on_a_card)]) == 1.0, (
        "a graphics card says nothing of the processor"
    )


@pytest.mark.parametrize("strange", [None, [], "x", {"rank": "high", "expected_speed": [1]}, {"rank": True}])
def test_a_card_of_a_stranger_is_read_with_care(strange):
    (row,) = rows_of(
        [{"id": "a", "state": "installed", "details": strange, "coming": 3, "size_mb": "big"}], "a"
    )
    assert (row.name, row.rank, row.disk, row.coming) == ("a", 0, None, None)
    assert "not measured" in time_line(row, W)
    assert details(row, W)


def test_a_model_that_comes_is_shown_so_whatever_it_was():
    coming = {"stage": "downloading", "fraction": 0.5, "done": 50, "total": 100}
    (row,) = rows_of([model("a", coming=coming)], "")
    assert row.standing is Standing.COMING
    assert row.coming == Coming("downloading", 0.5, 50, 100)
    assert short_line("Tiny", row.coming, W) == "Tiny: 50 %"


def test_the_cards_of_all_known_models_can_be_shown():
    rows = rows_of(list(offered().values()), BUILTIN)
    assert len(rows) == len(catalogue())
    for row in rows:
        shown = details(row, W)
        assert dict(shown)["Licence of the weights"] == row.licence
        assert row.good_for
        said = " ".join(acceptance(row, W).paragraphs)
        assert all(restriction in said for restriction in row.restrictions)
        assert row.training_data in said


# Words.


def test_states_sizes_and_times_in_words():
    (there, begun, bad, gone) = rows_of(
        [
            model("a", "installed", rank=4, measured={"encoder_ms": 1500, "click_ms": 20}),
            model("b", begun_bytes=5_000_000, rank=6),
            model("c", "broken", rank=5, reason="It is damaged."),
            model("d", "to be exported", rank=7),
        ],
        "a",
    )[:1] + tuple(
        row
        for id in "bcd"
        for row in rows_of([model("b", begun_bytes=5_000_000), model("c", "broken", reason="It is damaged."),
                            model("d", "to be exported")], "a") if row.id == id
    )  # fmt: skip
    assert standing_line(there, W) == "Installed, used by default"
    assert standing_line(begun, W) == "To be had, 5.0 MB are here already"
    assert standing_line(bad, W) == "Damaged: It is damaged."
    assert standing_line(gone, W) == "To be had from elsewhere"
    assert time_line(there, W) == "1.5 s an image, 20 ms a click (measured here)"
    assert time_line(begun, W) == "1.0 s an image, 20 ms a click (expected here)"
    assert size_line(begun, W) == "download 90 MB, disk 100 MB, memory 1.0 GB"


def test_sizes_and_waits_for_people():
    assert [size(n) for n in (None, 900, 4.4e6, 137e6, 1.44e9, 12e9)] == [
        "\N{EN DASH}", "1 KB", "4.4 MB", "137 MB", "1.4 GB", "12 GB",
    ]  # fmt: skip
    assert [time_left(n, W) for n in (0.2, 40, 600, 7300)] == [
        "1 s left",
        "40 s left",
        "10 min left",
        "2 h left",
    ]


def spoken():
    """Every text that the manager and its windows pass to their words, and those of its tables."""
    found = {*STAGES.values(), *LABELS.values()}
    for path in sorted(PLUGIN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if name in ("words", "_words") and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
    return found


LANGUAGES = pytest.mark.parametrize("language", ["de", "ja"])


def catalogue_of(name):
    return read_catalogue((FOLDER / f"{name}.po").read_text(encoding="utf-8"))


@LANGUAGES
def test_every_text_is_translated_and_keeps_its_places(language):
    known = catalogue_of(language)
    assert set(known) == spoken()
    for text, translation in known.items():
        assert sorted(re.findall(r"{\d}", text)) == sorted(re.findall(r"{\d}", translation))


@LANGUAGES
@pytest.mark.parametrize("id", ["sam2.1-hiera-tiny", "hq-sam-light", "segnext-vit-b-sax2-hq", "mobile-sam"])
def test_what_restricts_a_model_can_be_read_in_ones_own_language(language, id):
    card, known = catalogue()[id].card, catalogue_of(f"cards.{language}")
    for text in (card.details["good_for"], *card.details["restrictions"]):
        assert known[text]
        assert Words.of([language])(text) == known[text]


def test_the_language_is_the_users():
    assert Words.of(["de_AT.UTF-8"])("Get") == "Holen"
    assert Words.of(["fr", "ja"])("Get") == "入手"
    assert Words.of(["en_GB", "de"])("Get") == "Get"
    assert Words.of([])("{0}: {1}", 1, 2) == "1: 2"
    assert environment_languages({"LANGUAGE": "de:en", "LANG": "ja_JP.UTF-8"}) == ["de", "en"]
    assert environment_languages({"LANG": "ja_JP.UTF-8"}) == ["ja_JP.UTF-8"]
    assert environment_languages({}) == []


# Advice.


def test_the_advice_is_the_best_that_fits_memory_and_patience():
    rows = rows_of(
        [
            builtin(),
            model("tiny", rank=4, encoder=900, memory=1500),
            model("large", rank=8, encoder=3000, memory=6000),
            model("huge", rank=9, encoder=9000, memory=20000),
            model("unknown", rank=10, encoder=None, memory=None),
        ],
        BUILTIN,
    )
    assert advise(rows, 16e9, "quick", W).model == "tiny"
    assert advise(rows, 16e9, "normal", W).model == "large"
    assert advise(rows, 8e9, "normal", W).model == "tiny"
    assert advise(rows, 64e9, "patient", W).model == "huge"
    found = advise(rows, 16e9, "normal", W)
    assert "6.0 GB of this computer's 16 GB" in found.why
    assert "4.0 s" in found.why
    assert advise(rows, 1e9, "normal", W) == (
        BUILTIN,
        "No trained model fits this computer's memory and your patience.",
    )
    assert advise((), 16e9, "normal", W) is None


def test_what_cannot_be_had_is_not_advised():
    rows = rows_of([builtin(), model("a", "to be exported", rank=9), model("b", "broken", rank=8)], BUILTIN)
    assert advise(rows, 16e9, "patient", W).model == BUILTIN


# Progress.


def test_progress_tells_bytes_and_time_left():
    pace = Pace()
    for second in range(4):
        pace.note(10_000_000 * second, float(second))
    assert pace.left(100_000_000) == pytest.approx(7)
    coming = Coming("downloading", 0.3, 30_000_000, 100_000_000)
    assert progress_line(coming, pace.left(100_000_000), W) == "Downloading: 30 MB of 100 MB, 7 s left"
    assert progress_line(coming, None, W) == "Downloading: 30 MB of 100 MB"
    assert progress_line(Coming("downloading", None, 500_000, None), None, W) == "Downloading: 500 KB"
    assert progress_line(Coming("trying"), None, W) == "Trying it once…"


def test_a_line_that_got_slow_or_began_anew_is_noticed():
    pace = Pace()
    for second in range(20):
        pace.note(1000 * min(second, 5), float(second))
    assert pace.left(10_000) is None, "nothing came for longer than it remembers"
    pace.note(10, 21.0)
    assert pace.left(10_000) is None
    pace.note(1010, 23.0)
    assert pace.left(2010) == pytest.approx(2)


# What is kept, and the hint.


def test_mirrors_are_kept_and_come_before_the_environments(tmp_path):
    kept = Kept(tmp_path / "home")
    around = {"HF_ENDPOINT": "https://a.example", "https_proxy": "http://p.example", "HOME": "/root"}
    assert kept.environment(around) == {"HF_ENDPOINT": "https://a.example", "https_proxy": "http://p.example"}
    assert kept.set_mirror("HF_ENDPOINT", " https://b.example/ ")
    assert not kept.set_mirror("HF_ENDPOINT", "ftp://c.example")
    assert Kept(tmp_path / "home").environment(around)["HF_ENDPOINT"] == "https://b.example"
    assert kept.set_mirror("HF_ENDPOINT", "")
    assert kept.environment(around)["HF_ENDPOINT"] == "https://a.example"


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"mirrors": 3, "hint": []}'])
def test_a_damaged_file_counts_as_none(tmp_path, damage):
    (tmp_path / "manager.json").write_text(damage)
    kept = Kept(tmp_path)
    assert (kept.mirror("HF_ENDPOINT"), kept.hint_is_answered) == ("", False)
    kept.answer_hint()
    assert kept.hint_is_answered


def clicks(count):
    return Prompts(tuple(Point(n, n, True) for n in range(count)))


def corrected(hint, times, model=BUILTIN):
    for count in range(1, times + 2):
        hint.follow(clicks(count), model)
    return hint.is_shown


def test_the_fourth_correction_gives_the_hint_once(tmp_path):
    hint = Hint(Kept(tmp_path))
    assert not corrected(hint, 3)
    hint.follow(clicks(5), BUILTIN)
    assert hint.is_shown
    hint.follow(Prompts(), BUILTIN)
    assert not hint.is_shown, "the object is done"
    assert not corrected(hint, 6), "once is enough"
    assert corrected(Hint(Kept(tmp_path)), 4), "in another run it was not answered yet"
    hint.answer()
    assert not corrected(Hint(Kept(tmp_path)), 6)


def test_taking_back_is_no_correction_and_other_models_get_no_hint(tmp_path):
    hint = Hint(Kept(tmp_path))
    for count in (1, 2, 1, 2, 1, 2, 1):
        hint.follow(clicks(count), BUILTIN)
    assert not hint.is_shown
    assert not corrected(Hint(Kept(tmp_path)), 6, model="sam2.1-hiera-tiny")
    hint = Hint(Kept(tmp_path))
    for edge in range(5):
        hint.follow(Prompts(box=Box(0, 0, 10 + edge, 10)), BUILTIN)
    assert hint.is_shown, "a box that is drawn anew is a correction too"


# What a user does.


class FakeTicket:
    def __init__(self, message, done, progress):
        self.message, self.done, self.progress, self.is_cancelled = message, done, progress, False

    def cancel(self):
        self.is_cancelled = True


class FakeBackend:
    """Notes the requests; the test answers them."""

    def __init__(self):
        self.asked = []

    def request(self, message, done, progress=None):
        self.asked.append(FakeTicket(message, done, progress))
        return self.asked[-1]

    def take(self, kind):
        """Return the oldest request of a kind that waits for its answer."""
        ticket = next(ticket for ticket in self.asked if isinstance(ticket.message, kind))
        self.asked.remove(ticket)
        return ticket

    def list(self, *models, default=BUILTIN):
        self.take(m.ModelsList).done(m.Models(default, models), None)


class Desk:
    """A manager over a fake backend, and what it told."""

    def __init__(self, folder):
        self.backend, self.arrived, self.now = FakeBackend(), [], 0.0
        self.manager = Manager(
            lambda: self.backend, W, Kept(folder), lambda: None, self.arrived.append, lambda: self.now
        )
        self.manager.refresh()
        self.backend.list(builtin(), model("tiny"))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    return Desk(tmp_path)


def test_getting_a_model_shows_its_bytes_and_tells_when_it_is_there(desk):
    desk.manager.get("tiny")
    ticket = desk.backend.take(m.ModelPull)
    assert (ticket.message.model, ticket.message.accept, ticket.message.stay) == ("tiny", True, True)
    assert ticket.message.environment["HF_ENDPOINT"] == "https://mirror.example"
    assert desk.manager.row("tiny").standing is Standing.COMING
    for second in range(3):
        desk.now = float(second)
        ticket.progress(m.Progress("downloading", second / 10, second * 10_000_000, 90_000_000))
    assert desk.manager.progress(desk.manager.row("tiny")) == "Downloading: 20 MB of 90 MB, 7 s left"
    desk.manager.refresh()
    desk.backend.list(
        builtin(), model("tiny", coming={"stage": "downloading", "done": 1, "total": 90_000_000})
    )
    assert desk.manager.row("tiny").coming.done == 20_000_000, "its own news are newer than the list"
    ticket.done(m.StoreReport({"model": "tiny", "state": "installed"}), None)
    assert desk.arrived == ["tiny"]
    desk.backend.list(builtin(), model("tiny", "installed"))
    assert desk.manager.row("tiny").is_usable
    assert not desk.manager.is_waiting


def test_a_failure_is_said_at_its_model_until_the_next_try(desk):
    desk.manager.get("tiny")
    desk.backend.take(m.ModelPull).done(None, ModelError("model.download", "The line broke: get it again."))
    assert desk.manager.notes["tiny"] == "The line broke: get it again."
    assert desk.manager.row("tiny").standing is Standing.AVAILABLE
    assert desk.arrived == []
    desk.manager.get("tiny")
    assert "tiny" not in desk.manager.notes


def test_cancelling_ends_every_download_of_it(desk):
    desk.manager.get("tiny")
    ticket = desk.backend.take(m.ModelPull)
    desk.manager.cancel("tiny")
    assert ticket.is_cancelled
    assert desk.backend.take(m.ModelStop).message.model == "tiny"
    assert desk.manager.row("tiny").coming is None


def test_the_download_of_another_editor_is_seen_and_told_of_its_pace(desk):
    for second in range(3):
        desk.now = float(second)
        desk.manager.refresh()
        coming = {"stage": "downloading", "fraction": 0.1, "done": second * 1_000_000, "total": 10_000_000}
        desk.backend.list(builtin(), model("tiny", coming=coming))
    assert desk.manager.is_waiting
    assert desk.manager.progress(desk.manager.row("tiny")).endswith("8 s left")


def test_a_list_that_is_under_way_is_not_asked_twice(desk):
    desk.manager.refresh()
    desk.manager.refresh()
    assert len(desk.backend.asked) == 1


def test_checking_says_what_is_wrong_or_that_all_is_right(desk):
    desk.manager.check("tiny")
    assert desk.manager.is_working_on("tiny")
    desk.backend.take(m.ModelVerify).done(m.StoreReport({"models": [{"id": "tiny", "problems": []}]}), None)
    assert desk.manager.notes["tiny"] == "Checked: all right."
    desk.manager.check("tiny")
    bad = {"models": [{"id": "tiny", "problems": ["encoder.onnx has other bytes."]}]}
    desk.backend.take(m.ModelVerify).done(m.StoreReport(bad), None)
    assert desk.manager.notes["tiny"] == "encoder.onnx has other bytes."
    assert not desk.manager.is_working_on("tiny")


def test_removing_measuring_and_choosing_the_default_are_asked_and_looked_at_again(desk):
    for do, kind in (
        (desk.manager.remove, m.ModelRemove),
        (desk.manager.measure, m.ModelBench),
        (desk.manager.use_by_default, m.ModelDefault),
    ):
        do("tiny")
        desk.backend.take(kind).done(m.Done(), None)
        desk.backend.list(builtin(), model("tiny", "installed"), default="tiny")
    assert desk.manager.row("tiny").is_default


def test_a_file_is_imported_and_said_to_be_there(desk):
    desk.manager.bring(["/a/b.onnx", "/a/c.onnx"])
    ticket = desk.backend.take(m.ModelImport)
    assert ticket.message.paths == ("/a/b.onnx", "/a/c.onnx")
    ticket.done(m.StoreReport({"model": "b"}), None)
    assert desk.manager.notes[IMPORT] == "b is installed."
    assert desk.arrived == ["b"]
    desk.manager.bring(["/a/b.txt"])
    desk.backend.take(m.ModelImport).done(None, ModelError("model.refused", "It is no model."))
    assert desk.manager.notes[IMPORT] == "It is no model."


def test_a_daemon_that_cannot_be_had_is_told_and_the_list_stays(desk):
    desk.manager.refresh()
    desk.backend.take(m.ModelsList).done(
        None, ConnectionFailed("connection.start", "It could not be started.")
    )
    assert desk.manager.trouble == "It could not be started."
    assert len(desk.manager.rows) == 2


def test_the_computer_is_looked_at_once(desk):
    desk.manager.look_at_computer()
    report = {"chosen": "cpu", "providers": [], "computer": {"memory_mb": 16_000}}
    desk.backend.take(m.Doctor).done(m.StoreReport(report), None)
    assert desk.manager.memory == 16e9
    desk.manager.look_at_computer()
    assert not [ticket for ticket in desk.backend.asked if isinstance(ticket.message, m.Doctor)]
    desk.manager.probe()
    assert desk.backend.take(m.Doctor).message.probe


def test_the_builtin_models_card_has_the_times_that_scale_the_others(tmp_path):
    [entry] = Registry(tmp_path).list()
    assert {"encoder_ms", "click_ms"} <= set(entry.card.details["expected_speed"])
