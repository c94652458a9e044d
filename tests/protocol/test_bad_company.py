# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that never end or that end the daemon: others are served meanwhile, and the guilty one is set aside."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from tests.protocol import moody_model
from tests.protocol.house import PATIENCE, House, is_alive, status, until
from tests.protocol.pictures import ENDLESS, apply, background, click, encode, picture, put, segment

from maskwright_shared import messages as m
from maskwright_shared.errors import Cancelled, ModelError

CALM, BUILTIN = "calm", "maskwright-builtin"
STUCK = click() + background(8)


@pytest.fixture
def house(tmp_path):
    """A house with the moody model and a second one like it."""
    house = House(tmp_path)
    moody_model.install(house.places.models)
    moody_model.install(house.places.models, CALM)
    yield house
    house.close()


def running(house):
    """Return the names of the models that are noted as running."""
    first = (house.places.runtime / "running.json").read_bytes().partition(b"\n")[0]
    return json.loads(first or b"[]")


def listed(client):
    return {row["id"]: row for row in client.request(m.ModelsList(), timeout=PATIENCE).models}


def test_an_endless_model_holds_up_no_other(house):
    with house.connect() as client, house.connect("another") as other:
        name, endless = put(client, picture()), put(client, picture(red=ENDLESS))
        client.request(encode(name))
        stuck = [
            client.send(encode(endless)),
            client.send(segment(name, STUCK)),
            client.send(segment(name, STUCK, slot="behind")),
            client.send(apply(name, STUCK)),
        ]
        until(lambda: status(other)["jobs"] == 4, "the work without end")
        assert other.request(segment(name, model=CALM), timeout=PATIENCE).masks
        assert other.request(apply(name, model=CALM), timeout=PATIENCE).masks
        assert other.request(m.Everything(name, CALM, 1), timeout=PATIENCE).width == 150
        assert CALM in listed(other)
        assert other.request(m.ModelVerify(CALM), timeout=PATIENCE).report["models"][0]["ok"]
        for id in reversed(stuck):
            client.request(m.Cancel(id), timeout=PATIENCE)
            with pytest.raises(Cancelled):
                client.wait_for(id, timeout=PATIENCE)
        until(lambda: status(other)["jobs"] == 0, "the end of the work")


def test_work_that_cannot_be_interrupted_is_cancelled_for_its_client_at_once(house, tmp_path):
    endless = moody_model.write_endless(tmp_path / "endless")
    with house.connect() as client, house.connect("another") as other:
        work = client.send(m.ModelImport((str(endless),)))
        until(lambda: helpers(house.pid), "the helper process")
        assert other.request(m.ModelVerify(CALM), timeout=PATIENCE).report["models"][0]["ok"]
        client.request(m.Cancel(work), timeout=PATIENCE)
        with pytest.raises(Cancelled):
            client.wait_for(work, timeout=PATIENCE)
        until(lambda: not helpers(house.pid), "the end of the helper process")
        assert "endless" not in listed(other)


def helpers(pid):
    """Return the processes that a process started and that still run."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split() if is_alive(int(child))]
    return found


def test_the_helper_process_dies_with_a_daemon_that_is_killed(house, tmp_path):
    endless = moody_model.write_endless(tmp_path / "endless")
    with house.connect() as client:
        client.send(m.ModelImport((str(endless),)))
        [helper] = until(lambda: helpers(house.pid), "the helper process")
        house.kill()
        until(lambda: not is_alive(helper), "the end of the helper process")


def die_while_it_runs(house, number):
    with house.connect() as client:
        name = put(client, picture())
        client.request(encode(name))
        client.send(segment(name, STUCK))
        until(lambda: running(house) == [moody_model.ID], "the run")
        pid = house.pid
        os.kill(pid, number)
        until(lambda: not is_alive(pid), "the end of the daemon")


def test_a_model_that_ends_the_daemon_twice_is_set_aside_until_it_was_tried(house):
    die_while_it_runs(house, signal.SIGSEGV)
    with house.connect() as client:
        name = put(client, picture())
        assert client.request(segment(name)).masks  # once may have had another reason
    die_while_it_runs(house, signal.SIGKILL)
    with house.connect() as client:
        [sentence] = status(client)["quarantined"]
        assert "moody is set aside: the daemon ended 2 times" in sentence
        name = put(client, picture())
        for request in (segment(name), apply(name), encode(name), m.ModelLoad(moody_model.ID)):
            with pytest.raises(ModelError) as caught:
                client.request(request, timeout=PATIENCE)
            assert (caught.value.code, caught.value.message) == ("model.quarantined", sentence)
        row = listed(client)[moody_model.ID]
        assert (row["state"], row["reason"]) == ("broken", sentence)
        report = client.request(m.Doctor(), timeout=PATIENCE).report
        assert report["set_aside"] == {moody_model.ID: sentence}
        assert client.request(segment(name, model=CALM)).masks
        assert client.request(m.ModelVerify(moody_model.ID), timeout=PATIENCE).report["models"][0]["ok"]
        assert client.request(segment(name)).masks
        assert status(client)["quarantined"] == []
    with house.connect() as client:
        assert listed(client)[moody_model.ID]["state"] != "broken"


def test_a_daemon_that_is_told_to_end_blames_no_model(house):
    for _ in range(2):
        with house.connect() as client:
            name = put(client, picture())
            client.request(encode(name))
            client.send(segment(name, STUCK))
            until(lambda: running(house) == [moody_model.ID], "the run")
            pid = house.pid
            client.request(m.Shutdown(), timeout=PATIENCE)
            until(lambda pid=pid: not is_alive(pid), "the end of the daemon")
    with house.connect() as client:
        assert status(client)["quarantined"] == []


@pytest.mark.parametrize("data", [b"", b"[", b"[1, {}]", b'["maskwright-builtin"]\n', b"\xff" * 100])
def test_a_damaged_note_blames_nobody_and_the_built_in_model_is_never_set_aside(house, data):
    for _ in range(2):
        house.places.runtime.mkdir(mode=0o700, exist_ok=True)
        (house.places.runtime / "running.json").write_bytes(data)
        with house.connect() as client:
            assert status(client)["quarantined"] == []
            client.request(m.Shutdown(), timeout=PATIENCE)
            pid = client.welcome.pid
            until(lambda pid=pid: not is_alive(pid), "the end of the daemon")
