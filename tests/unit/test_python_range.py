# SPDX-License-Identifier: GPL-3.0-or-later
"""The editors' side under every Python from 3.8 to 3.14 that this machine has.

A version that the machine lacks is a skip of its own, so that the summary says what was not tried.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
import zmq
from libzmq_router import PASSWORD, USER, Router

ROOT = Path(__file__).parents[2]
CHECK = Path(__file__).with_name("python_range_check.py")
VERSIONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def candidates(version):
    """Return where an interpreter of this version may lie: on the path, among pyenv's and uv's, by the system."""
    home = Path.home()
    found = [shutil.which(f"python{version}"), f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"]
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local" / "share" / "uv" / "python"))
    found += pyenv.glob(f"versions/{version}.*/bin/python{version}")
    found += uv.glob(f"cpython-{version}.*/bin/python{version}")
    return [str(path) for path in found if path and Path(path).exists()]


def interpreter(version):
    """Return an interpreter that really is of this version, or None; a pyenv shim may lead nowhere."""
    for path in candidates(version):
        asked = subprocess.run(
            [path, "-I", "--version"], capture_output=True, text=True, timeout=120, check=False
        )
        if asked.returncode == 0 and re.match(rf"Python {re.escape(version)}\.", asked.stdout):
            return path
    return None


@pytest.fixture(scope="module")
def echo():
    """Return the port of a ROUTER that sends back whatever it gets."""
    with Router() as router:
        end = threading.Event()
        router.socket.rcvtimeo = 50

        def serve():
            while not end.is_set():
                try:
                    router.socket.send_multipart(router.receive())
                except zmq.Again:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield router.port
        end.set()
        thread.join(20)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_editors_side_runs_under(version, echo, capsys):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"this machine has no Python {version}")
    folders = [ROOT / "shared", ROOT / "plugin", CHECK.parent]
    done = subprocess.run(
        [python, "-B", "-W", "error", str(CHECK), str(echo), USER, PASSWORD],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{version}.")
    with capsys.disabled():
        print(f"\n  ran under Python {done.stdout.strip()}", end="")  # noqa: T201 - the list of what ran belongs in the output
