# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's own widgets under PyQt6, for a Krita built on Qt 6: docker, overlay, mouse, keys, pen, painting."""

import fcntl
import json
import os
import subprocess
import sys

import pytest
from tests.hosts.conftest import missing
from tests.hosts.krita.harness import CHECKOUT, HERE, cache

pytestmark = pytest.mark.slow


def pyqt6():
    """A folder with PyQt6, fetched once from the package index."""
    folder = cache() / "pyqt6"
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "pyqt6.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            part = folder.with_suffix(".unfinished")
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--upgrade",
                "--target",
                str(part),
                "PyQt6",
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
            if done.returncode:
                missing(f"PyQt6 cannot be fetched: {done.stderr.strip()[-300:]}")
            part.rename(folder)
    return folder


def test_docker_and_overlay_work_under_pyqt6(tmp_path):
    parts = [pyqt6(), HERE / "qt6", CHECKOUT / "plugin/krita", CHECKOUT / "plugin", CHECKOUT / "shared"]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, parts)),
        "QT_QPA_PLATFORM": "offscreen",
        "MASKWRIGHT_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "LANGUAGE": "en",
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "qt6/check.py")],
        env=env,
        capture_output=True,
        text=True,
        timeout=360,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["qt"] == 6
    assert found["docker"]["fill_holes"] is True
    assert found["docker"]["width"] <= 200
    assert found["overlay"]["calls"] == [
        ["click", 50.0, 30.0, True],
        ["click", 25.0, 30.0, False],
        ["box", 10.0, 50.0, 60.0, 80.0],
        ["apply"],
        ["cancel"],
        ["next_candidate"],
        ["undo"],
        ["click", 15.0, 15.0, False],
    ]
    inside, outside = found["overlay"]["inside"], found["overlay"]["outside"]
    assert outside == 0x808080
    assert (inside & 0xFF) > (inside >> 16), "the tint is blue"
