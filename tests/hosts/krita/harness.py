# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Krita under Xvfb with a profile of its own: scenarios run inside it, xdotool on its screen."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.hosts.roots import inside, root

from maskwright_plugin.setup.source import CARRIED

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
SCREEN = (1400, 900)
START_SECONDS = 240


def cache():
    """The folder for what is slow to make, outside the checkout."""
    return Path(os.environ.get("MASKWRIGHT_TEST_CACHE") or "~/.cache/maskwright-tests").expanduser()


class Machine:
    """Where Krita runs: this system, or a Debian root folder that sees the profile and the display of this one."""

    def __init__(self, release=None):
        self.name = release or "native"
        self._root = root(release) if release else None

    def popen(self, words, env, shared, **kwargs):
        if self._root is not None:
            words = inside(self._root, words, environment=env, shared=[*shared, Path("/tmp/.X11-unix")])
        return subprocess.Popen(words, env=env, start_new_session=True, **kwargs)


class Display:
    """An Xvfb, and the mouse, the keyboard and the eyes of a user in front of it."""

    def __init__(self):
        self.env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        read, write = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-screen", "0", size, "-noreset", "-nolisten", "tcp", "-displayfd", str(write)],
            env=self.env,
            start_new_session=True,
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as answer:
            self.name = ":" + answer.readline().strip()
        if self.name == ":":
            raise RuntimeError("Xvfb did not start")
        self.env["DISPLAY"] = self.name

    def xdotool(self, *words):
        self._run("xdotool", *map(str, words))

    def move(self, x, y):
        self.xdotool("mousemove", "--sync", round(x), round(y))

    def click(self, x, y, button=1, keys=()):
        """Click like a person: come near, arrive, press, let go; `keys` are held meanwhile."""
        down = [word for key in keys for word in ("keydown", key)]
        up = [word for key in keys for word in ("keyup", key)]
        self.xdotool(
            "mousemove",
            round(x) - 2,
            round(y) - 2,
            "mousemove",
            round(x),
            round(y),
            *down,
            "click",
            button,
            *up,
        )

    def drag(self, x0, y0, x1, y1, button=1, keys=()):
        down = [word for key in keys for word in ("keydown", key)]
        up = [word for key in keys for word in ("keyup", key)]
        steps = []
        for i in range(1, 9):
            steps += [
                "mousemove",
                round(x0 + (x1 - x0) * i / 8),
                round(y0 + (y1 - y0) * i / 8),
                "sleep",
                "0.02",
            ]
        self.xdotool(
            "mousemove", round(x0), round(y0), *down, "mousedown", button, *steps, "mouseup", button, *up
        )

    def key(self, *keys):
        self.xdotool("key", *keys)

    def screenshot(self, path, crop=None):
        """Write what is on the screen to a PNG; crop is (x, y, width, height)."""
        part = ["-crop", "{2}x{3}+{0}+{1}".format(*map(round, crop)), "+repage"] if crop else []
        Path(path).write_bytes(self._run("import", "-window", "root", *part, "png:-"))

    def _run(self, *words):
        return subprocess.run(words, env=self.env, check=True, capture_output=True, timeout=180).stdout

    def close(self):
        end(self._process)


class Failure(AssertionError):
    """A scenario raised inside Krita, or Krita died; the text says how."""


class Krita:
    """One running Krita; use it as a context manager."""

    def __init__(
        self,
        machine,
        *,
        opengl=True,
        env=None,
        scenarios=HERE / "scenarios",
        plugin=True,
        backend=sys.executable,
        wheel=None,
    ):
        self.machine = machine
        self._python = backend or sys.executable
        self.home = Path(tempfile.mkdtemp(prefix="maskwright-krita-"))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.display = self._process = self._stream = self._daemon = None
        try:
            make_profile(machine, self.home, opengl=opengl, plugin=plugin, backend=backend)
            if wheel is not None:
                carry_wheel(self.home, wheel)
            shutil.copytree(scenarios, self.home / "scenarios", dirs_exist_ok=True)
            shutil.copy(HERE.parent / "host_contract.py", self.home / "scenarios")
            self.display = Display()
            self._start(env or {})
        except BaseException:
            self.close()
            raise

    def _start(self, extra):
        port = self._listener.getsockname()[1]
        env = {
            **self.display.env,
            **profile_env(self.home),
            "MASKWRIGHT_TEST_PORT": str(port),
            "MASKWRIGHT_TEST_SCENARIOS": str(self.home / "scenarios"),
            **extra,
        }
        self.log = self.home / "krita.log"
        with self.log.open("wb") as log:
            self._process = self.machine.popen(
                ["krita", "--nosplash"], env, [self.home], stdout=log, stderr=log
            )
        self._listener.settimeout(START_SECONDS)
        try:
            self._connection, _ = self._listener.accept()
        except TimeoutError:
            raise Failure(f"Krita did not come up:\n{self.tail()}") from None
        self._stream = self._connection.makefile("rwb")
        self._connection.settimeout(300)
        self.version = self._receive()["ready"]

    def restart(self):
        """Start Krita again in the same profile, after it was quit."""
        self._stream.close()
        self._connection.close()
        self._start({})

    @property
    def alive(self):
        return self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:]

    def post(self, call, **args):
        """Begin a scenario without waiting for its end; `answer` waits."""
        with contextlib.suppress(ConnectionError):  # reading the answer tells it with Krita's own words
            self._stream.write(json.dumps({"call": call, "args": args}).encode() + b"\n")
            self._stream.flush()

    def answer(self):
        message = self._receive()
        if "error" in message:
            raise Failure(message["error"])
        return message["result"]

    def run(self, call, **args):
        """Run `module:function` inside Krita and return its result."""
        self.post(call, **args)
        return self.answer()

    def _receive(self):
        try:
            line = self._stream.readline()
        except TimeoutError:
            raise Failure(f"Krita did not answer within two minutes:\n{self.tail()}") from None
        except ConnectionError:
            line = b""
        if not line:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            raise Failure(f"Krita ended (status {self._process.poll()}):\n{self.tail()}")
        return json.loads(line)

    def wait_closed(self, seconds=90):
        """Wait for Krita's own end and return its exit status."""
        return self._process.wait(seconds)

    def quit(self):
        with contextlib.suppress(Failure):
            self.run("basics:quit_krita")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(15)

    def need_daemon(self):
        """Have a daemon run here for a Krita in a root folder, which has no Python that could start one."""
        if self.machine.name == "native" or (self._daemon is not None and self._daemon.poll() is None):
            return
        env = {**os.environ, **profile_env(self.home), "PYTHONPATH": f"{CHECKOUT}/shared:{CHECKOUT}/backend"}
        (self.home / "maskwright").mkdir(exist_ok=True)
        self._daemon = subprocess.Popen(
            [self._python, "-m", "maskwright_backend", "daemon", "run"],
            env=env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda: self.daemon_pid() == self._daemon.pid, "the daemon")

    def daemon_pid(self):
        """The daemon's process number, 0 where none has written its connection file."""
        try:
            return json.loads((self.home / "maskwright/run/connection.json").read_text())["pid"]
        except (OSError, ValueError):
            return 0

    def signal_daemon(self, number):
        pid = self.daemon_pid()
        if pid > 0:  # 0 would be this very process's group
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def close(self):
        if self._process is not None and self._process.poll() is None:
            if self._stream is not None:
                self.quit()
            end(self._process)
        if self.daemon_pid():
            self.signal_daemon(signal.SIGKILL)
        if self._daemon is not None:
            end(self._daemon)
        if self._stream is not None:
            self._stream.close()
            self._connection.close()
        self._listener.close()
        if self.display is not None:
            self.display.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def end(process):
    """End a process group that was started here."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def profile_env(home):
    """The environment that keeps Krita inside `home`."""
    names = {
        "HOME": "",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_RUNTIME_DIR": "runtime",
    }
    env = {key: str(home / sub) for key, sub in names.items()}
    env.update(
        LIBGL_ALWAYS_SOFTWARE="1",
        LC_ALL="C.UTF-8",
        NO_AT_BRIDGE="1",
        TMPDIR="/tmp",
        QT_LOGGING_RULES="*=false",
        OMP_NUM_THREADS="1",
    )
    env["MASKWRIGHT_HOME"] = str(home / "maskwright")
    env["MASKWRIGHT_RUNTIME"] = str(home / "maskwright" / "run")
    return env


def make_profile(machine, home, *, opengl, plugin, backend):
    """Fill `home` with a warmed profile, the driver and, if wanted, the plugin."""
    warm = warmed_profile(machine)
    shutil.copytree(warm, home, dirs_exist_ok=True, symlinks=True)
    (home / "runtime").mkdir(mode=0o700, exist_ok=True)
    (home / "runtime").chmod(0o700)
    write_config(home, opengl=opengl, plugin=plugin)
    install_driver(home)
    if plugin:
        install_plugin(home, backend)


def write_config(home, *, opengl, plugin):
    config = home / "config"
    config.mkdir(parents=True, exist_ok=True)
    lines = ["[python]", "enable_maskwright_driver=true", f"enable_maskwright={str(plugin).lower()}", ""]
    (config / "kritarc").write_text("\n".join(lines))
    state = (
        ["useOpenGL=true"]
        if opengl
        else ["canvasState=OPENGL_FAILED", "OpenGLRenderer=none", "useOpenGL=false"]
    )
    (config / "kritadisplayrc").write_text("\n".join(["[General]", *state, ""]))


def install_driver(home):
    shutil.copytree(HERE / "driver", home / "data/krita/pykrita", dirs_exist_ok=True)


def install_plugin(home, backend):
    """Lay the plugin out as its zip does: one module folder with all it needs, a .desktop file, an .action file."""
    data = home / "data/krita"
    module = data / "pykrita/maskwright"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "plugin/krita/maskwright", module, ignore=skip, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "plugin/maskwright_plugin", module / "maskwright_plugin", ignore=skip)
    shutil.copytree(CHECKOUT / "shared/maskwright_shared", module / "maskwright_shared", ignore=skip)
    shutil.copy(CHECKOUT / "plugin/krita/maskwright.desktop", data / "pykrita")
    (module / "installation.json").write_text(json.dumps({"python": backend or ""}))
    (data / "actions").mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "plugin/krita/maskwright.action", data / "actions")


def carry_wheel(home, wheel):
    """Put the backend's wheel into the plugin, as its zip does."""
    folder = home / "data/krita/pykrita/maskwright" / CARRIED
    folder.mkdir()
    shutil.copy(wheel, folder)


def warm_folder(machine):
    return cache() / f"krita-profile-{machine.name}"


def is_warm(machine):
    """Whether the profile of `warmed_profile` was made already."""
    return warm_folder(machine).is_dir()


def warmed_profile(machine):
    """A profile in which Krita was started and quit once (its first start takes four times as long), made once."""
    folder = warm_folder(machine)
    if folder.is_dir():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"krita-profile-{machine.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            make_warmed(machine, folder)
    return folder


def make_warmed(machine, folder):
    home = Path(tempfile.mkdtemp(prefix="maskwright-warm-"))
    (home / "runtime").mkdir(mode=0o700)
    write_config(home, opengl=True, plugin=False)
    (home / "data/krita/pykrita").mkdir(parents=True)
    install_driver(home)
    krita = Krita.__new__(Krita)
    krita.machine, krita.home = machine, home
    krita._listener, krita._stream = socket.create_server(("127.0.0.1", 0)), None
    krita._process = krita._daemon = None
    krita.display = Display()
    shutil.copytree(HERE / "scenarios", home / "scenarios")
    try:
        krita._start({})
        krita.quit()
        shutil.rmtree(home / "scenarios")
        (home / "krita.log").unlink()
        part = folder.with_suffix(f".{os.getpid()}")
        shutil.copytree(home, part, symlinks=True)
        part.rename(folder)
    finally:
        krita.close()


def wait_for(condition, what, seconds=120):
    """Ask until it is true, and return what it gave."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.03)


def eventually(get, right, seconds=60):
    """Ask until the answer is right or the time is over; return the last one, for an assertion that shows it."""
    deadline = time.monotonic() + seconds
    while not right(found := get()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
