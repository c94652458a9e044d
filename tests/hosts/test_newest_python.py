# SPDX-License-Identifier: GPL-3.0-or-later
"""The editors' side under the Python of the newest Debian, which Krita 5.3 and GIMP 3.2 use there."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
import zmq
from tests.hosts.conftest import debian
from tests.hosts.roots import inside
from tests.unit.libzmq_router import PASSWORD, USER, Router

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "tests" / "unit" / "python_range_check.py"


@pytest.mark.timeout(1800)
def test_the_editors_side_runs_under_forkys_python():
    folders = os.pathsep.join(str(ROOT / part) for part in ("shared", "plugin", "tests/unit"))
    folder = debian("forky")
    with Router() as router:
        router.socket.rcvtimeo = 50
        command = inside(
            folder,
            ["/usr/bin/python3", "-B", "-W", "error", CHECK, str(router.port), USER, PASSWORD],
            environment={"PATH": "/usr/bin:/bin", "PYTHONPATH": folders},
            shared=[ROOT],
        )
        end = threading.Event()

        def echo():
            while not end.is_set():
                try:
                    router.socket.send_multipart(router.receive())
                except zmq.Again:
                    continue

        thread = threading.Thread(target=echo)
        thread.start()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=360, check=False)
        finally:
            end.set()
            thread.join(20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3.14.")
