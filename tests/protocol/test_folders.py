# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that let no daemon come up: each its own sentence, through the launcher that everybody uses."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys

import pytest
from tests.protocol.house import PATIENCE

from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.launcher import stop_daemon

UNSHARE = ["unshare", "--mount", "--map-root-user"] if os.geteuid() else ["unshare", "--mount"]


def refusal(house, code="connection.folder"):
    with pytest.raises(ConnectionFailed) as refused:
        house.connect()
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert not house.daemons()
    return refused.value.message


def make(path, kind):
    if kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path, 0o600)
    else:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a socket"])
@pytest.mark.parametrize("name", ["connection.json", "daemon.lock"])
def test_what_stands_in_a_files_place_is_named(house, name, kind, monkeypatch):
    house.places.runtime.mkdir(mode=0o700)
    monkeypatch.chdir(house.places.runtime)  # a socket's name may not be long
    make(house.places.runtime.joinpath(name).relative_to(house.places.runtime), kind)
    sentence = refusal(house)
    assert name in sentence
    assert kind in sentence
    with pytest.raises(ConnectionFailed):
        house.connect(start=False)
    monkeypatch.chdir(house.places.home)


def test_a_pipe_in_the_connection_files_place_keeps_stop_from_nothing(house):
    house.places.runtime.mkdir(mode=0o700)
    os.mkfifo(house.places.connection_file, 0o600)
    assert not stop_daemon(house.installation, "test")


@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_runtime_folder_open_to_others_keeps_its_mode(house, mode):
    house.places.runtime.mkdir()
    house.places.runtime.chmod(mode)
    assert "open to other users" in refusal(house)
    assert house.places.runtime.stat().st_mode & 0o7777 == mode
    assert not list(house.places.runtime.iterdir())


def test_a_file_in_the_logs_place_is_named(house):
    house.places.logs.write_text("not a folder")
    assert str(house.places.logs) in refusal(house)


def test_a_folder_in_the_start_logs_place_is_named(house):
    (house.places.logs / "start.log").mkdir(parents=True)
    assert "start.log" in refusal(house)
    (house.places.logs / "start.log").rmdir()


@pytest.fixture
def mounted(tmp_path):
    """Run the command with a disk of a test's making as the home."""
    if shutil.which("unshare") is None or subprocess.run([*UNSHARE, "true"], check=False).returncode:
        pytest.skip("this system lets a test mount nothing")
    home = tmp_path / "disk"
    home.mkdir()

    def run(options, prepare="true"):
        variables = {name: value for name, value in os.environ.items() if name != "MASKWRIGHT_RUNTIME"}
        script = f'mount -t tmpfs -o size=64k none "$0" && {prepare} && {options} && exec "$@"'
        command = [sys.executable, "-I", "-m", "maskwright_backend", "daemon", "start"]
        return subprocess.run(
            [*UNSHARE, "/bin/sh", "-c", script, str(home), *command],
            env={**variables, "MASKWRIGHT_HOME": str(home), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


def one_sentence(done):
    assert done.returncode == 5, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("prepare", ["true", 'mkdir -m 700 "$0/run" "$0/logs"'])
def test_a_read_only_home_is_a_sentence(mounted, prepare):
    assert "ead-only" in one_sentence(mounted('mount -o remount,ro "$0"', prepare))


@pytest.mark.parametrize("prepare", ["true", 'mkdir -m 700 "$0/run" "$0/logs"'])
def test_a_full_disk_is_a_sentence(mounted, prepare):
    fill = '{ dd if=/dev/zero of="$0/filling" bs=4096 2>/dev/null || true; }'
    sentence = one_sentence(mounted(fill, prepare))
    assert "disk is full" in sentence or "No space left" in sentence
