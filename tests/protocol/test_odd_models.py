# SPDX-License-Identifier: GPL-3.0-or-later
"""Models whose answers are no numbers, and a home full of odd files: the daemon answers, lists, and goes on."""

from __future__ import annotations

import json
import math
import os
import stat

import numpy as np
import pytest
from tests.onnx import poisoned_model
from tests.protocol.house import PATIENCE, House, status
from tests.protocol.pictures import apply, picture, put, segment, whole

from maskwright_shared import messages as m
from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Point

ONE = (Point(75.0, 50.0),)
PIPES = (
    "figures.json",
    "settings.json",
    "providers.json",
    "pins.json",
    "quarantine.json",
    ".settings.json.new",
)
TWO = (*ONE, Point(60.0, 40.0))
BUILTIN = "maskwright-builtin"


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A house whose models give NaN, infinite and huge numbers for two points."""
    house = House(tmp_path_factory.mktemp("odd"))
    for name, value in {"nan": math.nan, "inf": math.inf, "low": -math.inf, "huge": 3e38}.items():
        poisoned_model.install(house.places.models, f"score-{name}", scores=value)
        poisoned_model.install(house.places.models, f"logits-{name}", logits=value)
    yield house
    house.close()


@pytest.mark.parametrize("kind", ["nan", "inf", "low", "huge"])
def test_a_score_that_is_none_is_null_and_the_daemon_lives(odd, kind):
    with odd.connect() as client, odd.connect("another") as other:
        name = put(client, picture())
        assert client.request(segment(name, ONE, model=f"score-{kind}")).masks[0].score is not None
        reply = client.request(segment(name, TWO, model=f"score-{kind}", all_candidates=True))
        assert [mask.score for mask in reply.masks] == [None] * 3
        assert client.request(apply(name, TWO, model=f"score-{kind}")).masks[0].score is None
        assert status(other)["pid"] == odd.pid


@pytest.mark.parametrize("kind", ["nan", "inf", "low"])
@pytest.mark.parametrize("ask", [segment, apply])
def test_logits_that_are_no_numbers_are_an_error_and_no_mask(odd, kind, ask):
    with odd.connect() as client:
        name = put(client, picture())
        with pytest.raises(ModelError) as caught:
            client.request(ask(name, TWO, model=f"logits-{kind}"))
        assert caught.value.code == "model.numbers"
        assert client.request(ask(name, ONE, model=f"logits-{kind}")).masks


def test_huge_logits_are_cut_and_their_sign_counts(odd):
    with odd.connect() as client:
        reply = client.request(segment(put(client, picture()), TWO, model="logits-huge"))
        assert (whole(reply) == 255).all()


def test_an_object_map_of_odd_numbers_is_an_error_or_a_map(odd):
    poisoned_model.install(odd.places.models, "always-nan", logits=math.nan, from_points=1)
    poisoned_model.install(odd.places.models, "never-scored", scores=math.nan, from_points=1)
    with odd.connect() as client:
        name = put(client, picture())
        with pytest.raises(ModelError):
            client.request(m.Everything(name, "always-nan", 2), timeout=PATIENCE)
        found = client.request(m.Everything(name, "never-scored", 2), timeout=PATIENCE)
        assert (found.width, found.height) == (150, 100)


def test_the_trial_at_import_looks_at_scores_and_logits(odd, tmp_path):
    with odd.connect() as client:
        for values in ({"scores": math.nan}, {"logits": math.inf}):
            folder = poisoned_model.install(tmp_path, "-".join(values), **values, from_points=1, card=False)
            with pytest.raises(ModelError) as caught:
                client.request(m.ModelImport((str(folder),)), timeout=PATIENCE)
            assert caught.value.code == "model.refused"
            assert "not finite" in caught.value.message


# What lies in the home.


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    house.places.models.mkdir(parents=True)
    yield house
    house.close()


def nested(depth):
    return {"x": nested(depth - 1)} if depth else 1


def listed(client, *, available=False):
    return {row["id"]: row for row in client.request(m.ModelsList(available), timeout=PATIENCE).models}


CARDS = {
    "nan": b'{"x": NaN}',
    "infinite": b'{"x": 1e999}',
    "long number": b'{"x": ' + b"9" * 5000 + b"}",
    "deep": json.dumps(nested(600)).encode(),
    "very deep": b"[" * 50_000,
    "large": json.dumps({"x": "y" * 400_000}).encode(),
    "no JSON": b"\xff\xfe{",
    "a list": b"[1]",
    "half a character": b'"\\ud800"',
}


def test_whatever_lies_in_the_store_the_list_is_sent(house):
    plain = poisoned_model.install(house.places.models, "plain")
    card = json.loads((plain / "card.json").read_bytes())
    for name, data in CARDS.items():
        folder = house.places.models / name.replace(" ", "-")
        folder.mkdir()
        extra = data if name in ("no JSON", "a list", "very deep") else None
        told = json.dumps({**card, "id": folder.name, "attributes": 0}).encode()
        (folder / "card.json").write_bytes(
            extra or told.replace(b'"attributes": 0', b'"attributes": ' + data)
        )
    for name, changes in {"long": {"files": {"n" * 400: {}}}, "far": {"linked": "/x" * 3000}}.items():
        (house.places.models / name).mkdir()
        told = json.dumps({**card, "id": name, **changes})
        (house.places.models / name / "card.json").write_text(told)
    os.mkfifo(house.places.models / "a-pipe")
    (house.places.models / "piped").mkdir()
    os.mkfifo(house.places.models / "piped" / "card.json")
    (house.places.models / "zero").mkdir()
    (house.places.models / "zero" / "card.json").symlink_to("/dev/zero")
    (house.places.models / "x\x1b[2J\ny").mkdir()
    (house.places.models / os.fsdecode(b"half\xff")).mkdir()
    with house.connect() as client:
        rows = listed(client, available=True)
        assert rows["plain"]["state"] == "installed"
        for name in (*CARDS, "piped", "zero", "long", "far"):
            assert rows[name.replace(" ", "-")]["state"] == "broken", name
        assert "x [2J y" in rows
        assert client.request(m.ModelRemove("x [2J y"), timeout=PATIENCE) == m.Done()


def test_many_large_cards_still_make_a_list(house):
    plain = poisoned_model.install(house.places.models, "plain")
    card = json.loads((plain / "card.json").read_bytes())
    for number in range(40):
        folder = house.places.models / f"m{number}"
        folder.mkdir()
        for file in ("encoder.onnx", "decoder.onnx"):
            os.link(plain / file, folder / file)
        (folder / "card.json").write_text(json.dumps({**card, "id": f"m{number}", "more": "\u20ac" * 9000}))
    with house.connect() as client:
        rows = listed(client, available=True)
        assert {f"m{number}" for number in range(40)} <= set(rows)
        assert {"plain", BUILTIN, "mobile-sam"} <= set(rows)


@pytest.mark.parametrize(
    "data", [b'{"plain": {"encoder_ms": NaN, "click_ms": 1e999, "provider": 7}}', b"[" * 9000, b"\xff"]
)
def test_damaged_notes_of_the_home_are_left_out(house, data):
    poisoned_model.install(house.places.models, "plain")
    for name in ("figures.json", "settings.json", "providers.json", "pins.json"):
        (house.places.home / name).write_bytes(data)
    with house.connect() as client:
        assert listed(client)["plain"]["measured"] == {}
        assert client.welcome.default_model == BUILTIN
        assert status(client)["quarantined"] == [] if "quarantined" in status(client) else True
        assert client.request(m.Doctor(), timeout=PATIENCE).report["chosen"] == "cpu"


@pytest.mark.parametrize("chosen", ["../../x", "\x00", "a" * 300, "x\ny", "\ud800"])
def test_a_default_that_is_no_name_counts_as_none(house, chosen):
    (house.places.home / "settings.json").write_text(json.dumps({"default_model": chosen}))
    with house.connect() as client:
        assert client.welcome.default_model == BUILTIN


def test_texts_of_cards_and_names_cannot_steer_a_terminal_or_forge_a_log_line(house):
    folder = poisoned_model.install(house.places.models, "sly")
    card = json.loads((folder / "card.json").read_bytes())
    sly = "\x1b[2Jgone\r\u202eback\x9b31m\x07"
    (folder / "card.json").write_text(json.dumps({**card, "name": sly, "licence": sly, "more": {sly: [sly]}}))
    with house.connect() as client:
        row = listed(client)["sly"]
        shown = json.dumps(row, ensure_ascii=False)
        assert not set(shown) & set("\x1b\r\u202e\x9b\x07")
        assert "gone" in row["name"]
        with pytest.raises(ModelError) as caught:
            client.request(m.ModelImport((f"/nowhere/{sly}\n2026-01-01 1 INFO forged",)), timeout=PATIENCE)
        assert not set(caught.value.message) & set("\x1b\r\n\u202e\x9b\x07")
    assert not any(line.startswith("2026-01-01") for line in house.log().splitlines())


def test_the_log_is_its_owners_alone(house):
    house.places.logs.mkdir(parents=True)
    log = house.places.logs / "daemon.log"
    log.write_text("an older one\n")
    log.chmod(0o644)
    with house.connect():
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_pipe_in_the_place_of_a_file_of_ours_holds_nobody_up(house):
    house.places.logs.mkdir(parents=True)
    for path in (house.places.logs / "daemon.log", *map(house.places.home.joinpath, PIPES)):
        os.mkfifo(path)
    with house.connect() as client:
        assert listed(client)[BUILTIN]["state"] != "broken"
        assert client.request(m.ModelDefault(BUILTIN), timeout=PATIENCE) == m.Done()
        name = put(client, picture())
        assert client.request(segment(name, ONE, model=BUILTIN), timeout=PATIENCE).masks
    for name in ("daemon.log", "start.log"):  # which has the log, for want of a file
        (house.places.logs / name).unlink()


def test_a_clients_name_cannot_steer_a_terminal(house):
    with house.connect("sly\x1b[2J\nname"), house.connect("\x07"), house.connect() as client:
        assert sorted(status(client)["clients"]) == ["?", "sly [2J name", "test"]


def test_a_picture_is_answered_whatever_the_daemon_was_asked_before(odd):
    with odd.connect() as client:
        pixels = picture()
        reply = client.request(segment(put(client, pixels), ONE, model="score-nan"))
        assert np.asarray(whole(reply)).shape == pixels.shape[:2]
