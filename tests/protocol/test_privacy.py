# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing leaves the machine: no library's telemetry, no identifier of the user, no socket but on the loopback."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.protocol.house import House

PHOTOGRAPH = Path(__file__).parents[2] / "examples" / "coffee.png"
TELLING = ("CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
"""What an environment of tests may say that a user's does not: ONNX Runtime keeps quiet where it sees them."""

LOOPBACK = ("0100007F", "00000000000000000000000001000000")


@pytest.fixture
def user(tmp_path, monkeypatch):
    """A user with an empty home folder, whose environment says nothing of tests."""
    for name in (*TELLING, *(name for name in os.environ if name.startswith("XDG_"))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    (tmp_path / "user").mkdir()
    house = House(tmp_path)
    monkeypatch.setenv("MASKWRIGHT_HOME", str(house.places.home))
    monkeypatch.setenv("MASKWRIGHT_RUNTIME", str(house.places.runtime))
    with house.connect():
        yield house
    house.close()


def sockets(pid):
    """The local addresses of a process's internet sockets, as the kernel's tables write them."""
    held = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            held.update(re.findall(r"^socket:\[(\d+)\]$", str(link.readlink())))
    addresses = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in held:
                addresses.append(fields[1].partition(":")[0])
    return addresses


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="looks into Linux's /proc")
def test_a_click_leaves_no_trace_outside_of_maskwrights_folder_and_opens_no_way_out(user, tmp_path):
    command = [sys.executable, "-m", "maskwright_backend", "segment", str(PHOTOGRAPH), "--point", "290,120"]
    subprocess.run([*command, "-o", str(tmp_path / "mask.png")], check=True, capture_output=True, timeout=100)
    assert (tmp_path / "mask.png").exists()
    assert list((tmp_path / "user").rglob("*")) == []
    found = sockets(user.pid)
    assert found, "the daemon listens somewhere"
    assert [address for address in found if address not in LOOPBACK] == []


def test_the_opt_out_cannot_be_overruled_by_the_environment(monkeypatch):
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    said = "import os, maskwright_backend; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"
