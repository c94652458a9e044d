# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation in a folder of its own, whose daemon is a real process started by the real launcher."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from maskwright_shared import starting
from maskwright_shared.connection import Connection
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect
from maskwright_shared.messages import Status
from maskwright_shared.places import Places, make_private

OTHER = "from maskwright_backend.cli import main; sys.exit(main(['daemon', 'run']))"

PATIENCE = 150.0
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
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


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
    def variables(self):
        """The environment variables that name this house."""
        return {"MASKWRIGHT_HOME": str(self.places.home), "MASKWRIGHT_RUNTIME": str(self.places.runtime)}

    @property
    def pid(self):
        """The process number in the connection file."""
        return Connection.read(self.places.connection_file).pid

    def daemons(self):
        """Return the process numbers of all daemons that work in this house."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().split(b"\0")
                if b"maskwright_backend" in command and (folder / "cwd").readlink() == self.places.runtime:
                    found.append(int(folder.name))
        return found

    def signal(self, number):
        os.kill(self.pid, number)

    def start_other(self, before="", **constants):
        """Start a daemon whose version module has other constants, as an older or newer one would.

        `before` is a statement that runs first.
        """
        make_private(self.places.runtime)
        changes = "".join(f"version.{name} = {value!r}; " for name, value in constants.items())
        code = f"{before}; from maskwright_shared import version; {changes}import sys; " + OTHER
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", code.removeprefix("; ")],
            env={**os.environ, **self.variables},
        )
        self._pids.add(process.pid)
        until(lambda: self.places.connection_file.exists() and self.pid == process.pid, "the other daemon")
        return process

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
        self._pids.update(self.daemons())
        for pid in filter(is_alive, self._pids):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
        for pid in self._pids:
            until(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")
        for process in starting.started:
            process.poll()
        assert "Traceback" not in self.log()
        started = self.places.logs / "start.log"
        assert not started.exists() or not started.read_text(encoding="utf-8")


def status(client):
    """Return the daemon's report."""
    return client.request(Status(), timeout=PATIENCE).report


def quiet(client):
    """Wait until the daemon has no work left."""
    until(lambda: status(client)["jobs"] == 0, "the end of all work")
