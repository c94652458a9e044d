# SPDX-License-Identifier: GPL-3.0-or-later
"""A real GIMP 3 in a Debian root, with a profile of its own and the plug-in installed as users get it."""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.hosts.roots import inside

from maskwright_plugin.setup.bundles import gimp_bundle, install_bundle
from maskwright_plugin.setup.profiles import GIMP, Profile
from maskwright_shared.client import Client
from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect, stop_daemon
from maskwright_shared.places import Places, make_private
from maskwright_shared.starting import start_daemon

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
VERSIONS = {"trixie": "3.0", "forky": "3.2"}
OUTSIDE = "/outside"
OTHER = "from maskwright_backend.cli import main; sys.exit(main(['daemon', 'run']))"
START_SECONDS = 300
CALL_SECONDS = 180
GIMPRC = """(config-version "{version}")
(show-welcome-dialog no)
(check-updates no)
(save-session-info no)
(save-document-history no)
(export-metadata-exif no)
"""
SESSIONRC = "(hide-docks yes)\n(single-window-mode yes)\n(last-tip-shown 0)\n"


class Failure(AssertionError):
    """A scenario raised inside GIMP, or GIMP died; the text says how."""


def _full_version(root, version):
    """Return what GIMP calls itself; a profile of another version makes it greet its new user."""
    command = inside(root, [f"gimp-console-{version}", "--version"], environment={"PATH": "/usr/bin:/bin"})
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=180).stdout
    return answer.split()[-1]


class Home:
    """A user's folder: GIMP's profile with the plug-in in it, and a home for the backend."""

    def __init__(self, release, root, python=sys.executable):
        self._python = python
        self.version = VERSIONS[release]
        self.folder = Path(tempfile.mkdtemp(prefix="maskwright-gimp-"))
        self.profile = self.folder / "profile"
        self.profile.mkdir()
        (self.profile / "gimprc").write_text(GIMPRC.format(version=_full_version(root, self.version)))
        (self.profile / "sessionrc").write_text(SESSIONRC)
        self.places = Places(self.folder / "home", self.folder / "home" / "run")
        self.installation = Installation(self._interpreter(), self.places)
        profile = Profile(GIMP, f"GIMP {self.version}", self.profile)
        self.bundle = install_bundle(gimp_bundle(CHECKOUT, None), profile, self.installation, CHECKOUT)

    def _interpreter(self):
        """Return a command that is this machine's Python both inside the root and outside of it."""
        path = self.folder / "python"
        path.write_text(
            f'#!/bin/sh\n[ -d {OUTSIDE}/proc ] && exec /usr/sbin/chroot {OUTSIDE} {self._python} "$@"\n'
            f'exec {self._python} "$@"\n'
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def start_daemon(self):
        """Start the daemon as the plug-in would, and return a connection to it."""
        start_daemon(self.installation)
        return self.client()

    @contextlib.contextmanager
    def other_daemon(self, **constants):
        """Run a daemon whose version module has other constants, as an older or a newer one would."""
        with contextlib.suppress(ConnectionFailed):
            stop_daemon(self.installation, "test")
        make_private(self.places.runtime)
        changes = "".join(f"version.{name} = {value!r}; " for name, value in constants.items())
        code = f"import sys; from maskwright_shared import version; {changes}{OTHER}"
        process = subprocess.Popen([sys.executable, "-I", "-c", code], env=self._variables)
        try:
            deadline = time.monotonic() + START_SECONDS
            while self._known_pid() != process.pid:
                assert process.poll() is None, "the other daemon has ended"
                assert time.monotonic() < deadline, "the other daemon does not come up"
                time.sleep(0.02)
            yield process
        finally:
            process.kill()
            process.wait(START_SECONDS)

    def _known_pid(self):
        try:
            return Connection.read(self.places.connection_file).pid
        except ConnectionFailed:
            return None

    @property
    def _variables(self):
        own = {"MASKWRIGHT_HOME": str(self.places.home), "MASKWRIGHT_RUNTIME": str(self.places.runtime)}
        return {**os.environ, **own}

    def client(self):
        """Return a connection to the running daemon."""
        return connect(self.installation, "test")

    def daemon_pid(self):
        """Return the process number of the running daemon, None where there is none."""
        try:
            with Client(Connection.read(self.places.connection_file), "test") as client:
                return client.welcome.pid
        except ConnectionFailed:
            return None

    def command(self, *words):
        """Run the command line on this home's daemon."""
        command = [sys.executable, "-I", "-m", "maskwright_backend", *map(str, words)]
        subprocess.run(command, env=self._variables, check=True, capture_output=True, timeout=360)

    def close(self):
        with contextlib.suppress(ConnectionFailed):
            stop_daemon(self.installation, "test")
        shutil.rmtree(self.folder, ignore_errors=True)


class Gimp:
    """One running GIMP; `display` (see the Krita harness) makes it the one with windows."""

    def __init__(self, root, home, display=None, extra=None):
        self.home = home
        self.log = home.folder / "gimp.log"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(START_SECONDS)
            env = self._environment(listener.getsockname()[1], display, extra or {})
            shared = [home.folder, CHECKOUT, *([Path("/tmp/.X11-unix")] if display else [])]
            words = inside(root, self._words(display), environment=env, shared=shared, outside_at=OUTSIDE)
            with self.log.open("wb") as log:
                self._process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                self._process.kill()
                raise Failure(f"GIMP did not come up:\n{self.tail()}") from None
        connection.settimeout(CALL_SECONDS)
        self._connection = connection
        self._stream = connection.makefile("rwb")
        self._receive()

    def _words(self, display):
        program = f"gimp-{self.home.version}" if display else f"gimp-console-{self.home.version}"
        script = f"exec(open({str(HERE / 'driver.py')!r}).read())"
        quiet = ["-n", "-f", "-d", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"]
        return [program, *([] if display else ["-i"]), *quiet]

    def _environment(self, port, display, extra):
        env = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.home.folder),
            "LC_ALL": "C.UTF-8",
            "GIMP3_DIRECTORY": str(self.home.profile),
            "MASKWRIGHT_TEST_BUNDLE": str(self.home.bundle),
            "MASKWRIGHT_TEST_SCENARIOS": str(HERE / "scenarios"),
            "MASKWRIGHT_TEST_PORT": str(port),
        }
        if display:
            env.update(DISPLAY=display.name, NO_AT_BRIDGE="1", GTK_OVERLAY_SCROLLING="0")
        return {**env, **extra}

    def tail(self):
        return self.log.read_text(errors="replace")[-3000:]

    def post(self, call, **args):
        """Begin a scenario without waiting for its end; `answer` waits."""
        self._stream.write(json.dumps({"call": call, "args": args}).encode() + b"\n")
        self._stream.flush()

    def answer(self):
        message = self._receive()
        if "error" in message:
            raise Failure(message["error"])
        return message["result"]

    def run(self, call, **args):
        """Run `module:function` inside GIMP and return its result."""
        self.post(call, **args)
        return self.answer()

    def _receive(self):
        try:
            line = self._stream.readline()
        except TimeoutError:
            raise Failure(f"GIMP did not answer:\n{self.tail()}") from None
        except ConnectionError:
            line = b""
        if not line:
            raise Failure(f"GIMP ended:\n{self.tail()}")
        return json.loads(line)

    def close(self):
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._connection.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait(10)
