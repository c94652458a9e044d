# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation in a folder of its own, whose daemon is a real process started by the real launcher."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect
from maskwright_shared.messages import Status
from maskwright_shared.places import Places

PATIENCE = 60.0
"""Deadline of every wait; it only says when a broken daemon is given up, so a busy machine fails nothing."""


def until(condition, what="the condition", patience=PATIENCE):
    """Return the first true value of `condition()`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come about")


def is_alive(pid):
    """Return whether a process runs; one that ended and was not waited for yet does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


class House:
    """A home and a runtime folder; what was started in it is ended by `close`."""

    def __init__(self, folder, python=sys.executable):
        self.installation = Installation(Path(python), Places(folder / "home", folder / "run"))
        self.places = self.installation.places
        self._pids = set()

    def connect(self, name="test", **options):
        """Return a client, its daemon started when there is none."""
        client = connect(self.installation, name, **options)
        self._pids.add(client.welcome.pid)
        return client

    @property
    def pid(self):
        """The process number in the connection file."""
        return Connection.read(self.places.connection_file).pid

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """End the daemon as a crash would, and wait until it is gone."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid), "the end of the daemon")

    def log(self):
        """Return what the daemon has logged so far."""
        file = self.places.logs / "daemon.log"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def close(self):
        """End every daemon, and check that none made a mistake of its own."""
        with contextlib.suppress(ConnectionFailed):
            self._pids.add(self.pid)
        for pid in filter(is_alive, self._pids):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
        for pid in self._pids:
            until(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")
        assert "Traceback" not in self.log()
        started = self.places.logs / "start.log"
        assert not started.exists() or not started.read_text(encoding="utf-8")


def status(client):
    """Return the daemon's report."""
    return client.request(Status(), timeout=PATIENCE).report


def quiet(client):
    """Wait until the daemon has no work left."""
    until(lambda: status(client)["jobs"] == 0, "the end of all work")
