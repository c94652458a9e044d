# SPDX-License-Identifier: GPL-3.0-or-later
"""Models got, kept and let go through a real daemon and the command line, killed or with a full disk too."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import resource
import select
import subprocess
import sys
import time
import zipfile

import pytest
from PIL import Image
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph
from tests.protocol.house import PATIENCE, House, status, until
from tests.unit.tricky_server import Trick, TrickyServer

from maskwright_backend.cli import main
from maskwright_backend.store.catalogue import find
from maskwright_shared import messages as m
from maskwright_shared.errors import Cancelled, ModelError

KIND = KINDS["sam2.1-without-low-res"]
FILE = "/models/tiny.dtmodel"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return the bytes of a .dtmodel; stored, not packed, so that it is large enough to be broken off."""
    folder = tmp_path_factory.mktemp("package")
    encoder_graph(KIND).save(folder / "tiny" / "encoder.onnx")
    decoder_graph(KIND).save(folder / "tiny" / "decoder.onnx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "tiny/config.json", json.dumps({"id": "tiny", "name": "Tiny", "description": "Small."})
        )
        for path in sorted(folder.rglob("*.onnx")):
            archive.write(path, f"tiny/{path.name}")
        archive.writestr("tiny/README.md", os.urandom(600_000))
    return out.getvalue()


@pytest.fixture
def server(package):
    server = TrickyServer()
    server.files[FILE] = package
    yield server
    server.close()


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def run(house, tmp_path, monkeypatch, capfd):
    """Run the command in this process; return its exit code and what it said."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **changes):
        for name, value in {**house.variables, **changes}.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    return run


def pull(server, **more):
    return m.ModelPull("tiny", server.url + FILE, **more)


def parts(house):
    """Return the bytes of the download that lie on the disk."""
    return sum(path.stat().st_size for path in house.places.models.glob(".incoming-tiny/parts/*.dtmodel"))


def installed(client):
    return {model["id"] for model in client.request(m.ModelsList(), timeout=PATIENCE).models}


def test_a_model_is_pulled_used_by_default_and_removed(house, server, run):
    told = []
    with house.connect() as client:
        report = client.request(pull(server), progress=told.append, timeout=PATIENCE).report
        assert (report["model"], report["state"]) == ("tiny", "installed")
        assert {"downloading", "unpacking", "checking", "trying"} <= {progress.stage for progress in told}
        downloading = [progress for progress in told if progress.stage == "downloading"]
        assert downloading[-1].done == downloading[-1].total == len(server.files[FILE])
        assert client.request(m.ModelDefault("tiny"), timeout=PATIENCE) == m.Done()
    with house.connect("another") as client:
        assert client.welcome.default_model == "tiny"
        assert client.request(m.ModelsList(), timeout=PATIENCE).default_model == "tiny"
    verified = run("models", "verify", "tiny")
    assert (verified.returncode, verified.stdout) == (0, "tiny: all right\n")
    assert run("models", "remove", "tiny").returncode == 0
    with house.connect() as client:
        assert client.welcome.default_model == "maskwright-builtin"
        assert installed(client) == {"maskwright-builtin"}


def test_a_daemon_killed_in_the_middle_leaves_nothing_installed_and_the_next_goes_on(house, server):
    server.tricks[FILE] = Trick(times=1, stall=400_000)
    with house.connect() as client:
        client.send(pull(server))
        until(lambda: parts(house) == 400_000, "the first part")
        house.kill()
    with house.connect() as client:
        assert installed(client) == {"maskwright-builtin"}
        client.request(pull(server), timeout=PATIENCE)
        assert "tiny" in installed(client)
    assert server.ranges(FILE) == [None, "bytes=400000-"]


def test_a_full_disk_is_a_sentence_and_the_next_try_goes_on(house, server):
    with house.connect() as client:
        installed(client)
        whole = resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
        with pytest.raises(ModelError) as caught:
            client.request(pull(server), timeout=PATIENCE)
        assert caught.value.code == "model.disk"
        assert "free some space" in caught.value.message
        assert installed(client) == {"maskwright-builtin"}
        resource.prlimit(house.pid, resource.RLIMIT_FSIZE, whole)
        client.request(pull(server), timeout=PATIENCE)
        assert "tiny" in installed(client)
    assert server.ranges(FILE) == [None, "bytes=300000-"]


def test_a_pull_is_cancelled_while_the_server_is_silent_and_others_work_meanwhile(house, server):
    server.tricks[FILE] = Trick(times=1, stall=1000)
    with house.connect() as client, house.connect("another") as other:
        id = client.send(pull(server))
        until(lambda: parts(house) == 1000, "the first bytes")
        assert "maskwright-builtin" in installed(other)
        assert status(other)["jobs"] == 1
        client.request(m.Cancel(id), timeout=PATIENCE)
        with pytest.raises(Cancelled):
            client.wait_for(id, timeout=PATIENCE)
        until(lambda: status(other)["jobs"] == 0, "the end of the work")


def test_two_who_pull_the_same_model_get_it_once(house, server):
    server.tricks[FILE] = Trick(times=1, drip=100_000)
    with house.connect() as client, house.connect("another") as other:
        first = client.send(pull(server))
        until(lambda: server.requests, "the first one's download")  # two connections keep no common order
        second = other.send(pull(server))
        reports = [client.wait_for(first, timeout=PATIENCE), other.wait_for(second, timeout=PATIENCE)]
        assert [reply.report.get("already", False) for reply in reports] == [False, True]
        assert "tiny" in installed(client)
    assert server.ranges(FILE) == [None]


def test_a_client_that_goes_ends_its_pull(house, server):
    server.tricks[FILE] = Trick(times=1, stall=1000)
    with house.connect("another") as other:
        with house.connect() as client:
            client.send(pull(server))
            until(lambda: parts(house) == 1000, "the first bytes")
        until(lambda: status(other)["jobs"] == 0, "the end of the work")
        assert installed(other) == {"maskwright-builtin"}


def test_licences_are_said_and_nothing_is_fetched_without_consent(house, server, run):
    done = run("models", "pull", "mobile-sam", HF_ENDPOINT=server.url)
    assert done.returncode == 4
    assert "research only" in done.stderr
    assert "--accept" in done.stderr
    assert server.requests == []


def test_a_mirror_with_other_bytes_is_not_believed(house, server, run):
    done = run("models", "pull", "mobile-sam", "--accept", HF_ENDPOINT=server.url)
    assert (done.returncode, "404" in done.stderr) == (4, True)
    for name in ("mobile_sam_image_encoder.onnx", "sam_mask_decoder_multi.onnx"):
        path = f"/Acly/MobileSAM/resolve/0d3b403339b4674a82493d5e97964dd78089ddc8/{name}"
        server.files[path] = b"other bytes"
    done = run("models", "pull", "mobile-sam", "--accept", HF_ENDPOINT=server.url)
    assert done.returncode == 4
    assert "another file" in done.stderr
    listed = next(line.split() for line in run("models", "list").stdout.splitlines() if "mobile-sam" in line)
    assert listed[:2] == ["mobile-sam", "available"]
    with house.connect() as client:
        assert installed(client) == {"maskwright-builtin"}


def test_the_command_imports_measures_and_shows(house, run, package, tmp_path):
    path = tmp_path / "tiny.dtmodel"
    path.write_bytes(package)
    done = run("models", "import", path)
    assert done.returncode == 0, done.stderr
    assert "tiny is installed" in done.stdout
    assert run("models", "import", path).returncode == 4
    assert run("models", "import", path, "--id", "second").returncode == 0
    assert run("models", "default", "second").stdout == "second\n"
    table = run("models", "list").stdout
    assert ">  second" in table
    assert "hq-sam-light" in table
    assert "hq-sam-light" not in run("models", "list", "--installed").stdout
    bench = json.loads(run("models", "bench", "tiny", "--json").stdout)
    assert bench["models"][0]["encoder_ms"] > 0
    assert "measured" in run("models", "show", "tiny").stdout
    assert "SA-1B" in run("models", "show", "hq-sam2.1-hiera-large").stdout
    report = json.loads(run("doctor", "--json").stdout)
    assert report["providers"][0] == {
        "name": "cpu",
        "provider": "CPUExecutionProvider",
        "state": "fine",
        "models": {},
    }
    assert run("doctor", "--use", "nonsense").returncode == 2
    assert "absent" in run("models", "doctor").stdout


def test_use_shows_what_a_model_takes_here(house, run, package, tmp_path):
    (tmp_path / "tiny.dtmodel").write_bytes(package)
    run("models", "import", tmp_path / "tiny.dtmodel")
    Image.new("RGB", (64, 48), "white").save(tmp_path / "p.png")
    done = run(
        "segment", tmp_path / "p.png", "--model", "tiny", "--point", "30,20", "-o", tmp_path / "out.png"
    )
    assert done.returncode == 0, done.stderr
    models = json.loads(run("models", "list", "--json").stdout)
    [tiny] = [model for model in models if model["id"] == "tiny"]
    assert tiny["measured"]["encoder_ms"] > 0
    assert tiny["measured"]["click_ms"] > 0
    assert tiny["measured"]["provider"] == "CPUExecutionProvider"


def test_a_terminal_shows_bytes_and_time_left(house, server):
    server.tricks[FILE] = Trick(drip=len(server.files[FILE]) // 12)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "maskwright_backend", "models", "pull", "tiny", "--from", server.url + FILE],
        env={**os.environ, **house.variables}, stderr=follower, stdin=follower, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.close(follower)
    shown, deadline = "", time.monotonic() + PATIENCE
    with contextlib.suppress(OSError):  # the terminal's end, where the process closes its side
        while time.monotonic() < deadline:
            if select.select([leader], [], [], 0.1)[0]:
                shown += os.read(leader, 4096).decode()
    out, _ = process.communicate(timeout=PATIENCE)
    os.close(leader)
    assert process.returncode == 0, shown
    assert b"tiny is installed" in out
    assert re.search(r"downloading \[#+ *\] +\d+% \d\.\d MB of \d\.\d MB, \d+ s left", shown), shown


def row_of_mobile(client):
    """Return what a list says of MobileSAM, whose files come from the hub that the server plays."""
    rows = client.request(m.ModelsList(available=True), timeout=PATIENCE).models
    return next((row for row in rows if row["id"] == "mobile-sam"), {})


MOBILE = "/Acly/MobileSAM/resolve/0d3b403339b4674a82493d5e97964dd78089ddc8/mobile_sam_image_encoder.onnx"


def pull_mobile(server):
    return m.ModelPull("mobile-sam", accept=True, environment={"HF_ENDPOINT": server.url}, stay=True)


def test_a_pull_that_stays_goes_on_without_its_client_and_everybody_sees_and_stops_it(house, server):
    server.files[MOBILE] = bytes(find("mobile-sam").card.files["encoder.onnx"].size)
    server.tricks[MOBILE] = Trick(stall=200_000)
    with house.connect("another") as other:
        with house.connect() as client:
            client.send(pull_mobile(server))
            until(lambda: row_of_mobile(other).get("begun_bytes") == 200_000, "the first bytes")
        coming = until(lambda: row_of_mobile(other).get("coming"), "the progress")
        assert (coming["stage"], 0 < coming["done"] <= 200_000) == ("downloading", True)
        assert status(other)["jobs"] == 1, "its client has left, and it goes on"
        assert other.request(m.ModelDefault("maskwright-builtin"), timeout=PATIENCE) == m.Done()
        other.request(m.ModelStop("mobile-sam"), timeout=PATIENCE)
        assert "coming" not in row_of_mobile(other)
        until(lambda: status(other)["jobs"] == 0, "the end of the work")
        assert row_of_mobile(other)["begun_bytes"] == 200_000
        assert "trouble" not in row_of_mobile(other), "who stops it knows why it ended"


def test_why_a_pull_failed_is_told_to_those_who_did_not_ask(house, server):
    with house.connect("another") as other, house.connect() as client:
        with pytest.raises(ModelError, match="404"):
            client.request(pull_mobile(server), timeout=PATIENCE)
        trouble = until(lambda: row_of_mobile(other).get("trouble"), "the reason")
        assert "404" in trouble
