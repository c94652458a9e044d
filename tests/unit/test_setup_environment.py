# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up for real: virtual environments and pip, with small wheels in place of the large ones.

Nothing here leaves the machine: pip is told to use no index, or one at a closed port.
"""

import ensurepip
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.unit.wheels import FakeIndex, make_backend

from maskwright_plugin.setup import BackgroundSetup, SetupCancelled, SetupError, Source, set_up
from maskwright_plugin.setup.command import command_path
from maskwright_plugin.setup.environment import Environment
from maskwright_plugin.setup.index import PackageIndex
from maskwright_plugin.setup.installer import storage
from maskwright_plugin.setup.lock import only_one
from maskwright_plugin.setup.pythons import Python, probe
from maskwright_plugin.setup.settings import IndexSettings
from maskwright_plugin.setup.task import Task
from maskwright_plugin.setup.tools import fetch_pip
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.installation import find_installation
from maskwright_shared.lock import KernelLock
from maskwright_shared.places import find_places
from maskwright_shared.stamp import STAMP
from maskwright_shared.starting import start_daemon

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _no_index(monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.delenv("MASKWRIGHT_HOME", raising=False)
    monkeypatch.delenv("MASKWRIGHT_RUNTIME", raising=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a home whose path has a space and a quote in it; the tests of this file share it."""
    return tmp_path_factory.mktemp("setup") / "the user's home"


@pytest.fixture
def places(home):
    return find_places({"MASKWRIGHT_HOME": str(home)})


def commands_run(places):
    log = storage(places).log
    return [line for line in log.read_text().splitlines() if line.startswith("$ ")] if log.exists() else []


def says(places):
    done = subprocess.run(
        [command_path(places.home), "x"], capture_output=True, text=True, check=True, env={}
    )
    return done.stdout.strip()


def test_a_setup_makes_the_environment_and_the_command(places, tmp_path):
    told = []
    installation = set_up(places, Source(make_backend(tmp_path)), report=told.append)
    assert installation.complete
    assert says(places) == f"first {places.home}"
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_second_setup_has_nothing_to_do(places, tmp_path):
    before = commands_run(places)
    set_up(places, Source(make_backend(tmp_path)))
    assert commands_run(places) == before


def test_a_changed_wheel_of_the_same_version_replaces_the_installed_one(places, tmp_path):
    set_up(places, Source(make_backend(tmp_path, "second")))
    assert says(places) == f"second {places.home}"
    assert not any("venv" in line for line in commands_run(places)[4:])


def test_a_damaged_environment_is_repaired(places, tmp_path):
    (stub,) = places.environment.glob("**/site-packages/numpy.py")
    stub.unlink()
    set_up(places, Source(make_backend(tmp_path, "second")))
    assert stub.is_file()
    assert says(places) == f"second {places.home}"


def test_a_setup_cut_short_is_finished_by_the_next(places, tmp_path):
    told = []
    source = Source(make_backend(tmp_path, "third"))
    with pytest.raises(SetupCancelled):
        set_up(
            places, source, report=told.append, cancelled=lambda: any("Installing" in p.text for p in told)
        )
    half = find_installation(environment={"MASKWRIGHT_HOME": str(places.home)})
    assert places.interpreter.is_file()
    assert not half.complete
    with pytest.raises(ConnectionFailed, match="not set up"):
        start_daemon(half)
    (places.environment / STAMP).write_text('{"made_from": "unfin')  # and the machine lost its power as well
    places.interpreter.unlink()
    set_up(places, source)
    assert half.complete
    assert says(places) == f"third {places.home}"


def test_the_editor_gets_one_answer_on_its_own_thread_and_a_note_in_its_bundle(places, tmp_path, monkeypatch):
    monkeypatch.setattr("maskwright_plugin.setup.background.bundle_folder", lambda: tmp_path)
    monkeypatch.setenv("MASKWRIGHT_HOME", str(places.home))
    calls = []
    answered = threading.Event()

    def post(call):
        calls.append(call)
        if any(call.__qualname__.startswith("BackgroundSetup._finish") for call in calls):
            answered.set()

    told, done = [], []
    source = Source(make_backend(tmp_path, "third"))
    BackgroundSetup(post, told.append, lambda *result: done.append(result), source=source)
    assert answered.wait(120)
    assert (told, done) == ([], [])
    for call in calls:
        call()
    assert told[-1].fraction == 1.0
    assert done == [(find_installation(tmp_path), None)]
    monkeypatch.delenv("MASKWRIGHT_HOME")
    assert find_installation(tmp_path).places == places


def test_a_second_setup_waits_for_the_first(places, tmp_path):
    told = []
    source = Source(make_backend(tmp_path, "third"))
    with only_one(places.home, Task()), pytest.raises(SetupCancelled):
        set_up(places, source, report=told.append, cancelled=lambda: len(told) >= 3)
    assert [progress.text for progress in told] == ["Waiting for another setup"] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="there the lock goes with its process")
def test_a_program_of_a_killed_setup_keeps_the_next_one_waiting(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\n"
        f"sys.path[:0] = {[str(PROJECT / 'plugin'), str(PROJECT / 'shared')]!r}\n"
        "from maskwright_plugin.setup.lock import only_one\n"
        "from maskwright_plugin.setup.process import run\n"
        "from maskwright_plugin.setup.task import Task\n"
        f"with only_one(Path({str(tmp_path)!r}), Task()) as task:\n"
        "    child = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "    run([sys.executable, '-c', child], task, on_line=lambda line: print(line, flush=True))\n"
    )
    setup = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(setup.stdout.readline())
    setup.kill()
    setup.communicate()
    lock = KernelLock(tmp_path / "setup.lock")
    assert not lock.acquire()
    os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not lock.acquire():
        assert time.monotonic() < deadline
    lock.release()


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path):
    places = find_places({"MASKWRIGHT_HOME": str(tmp_path / "home")})
    places.environment.mkdir(parents=True)
    (places.environment / "thesis.txt").write_text("mine")
    with pytest.raises(SetupError, match="not made by Maskwright"):
        set_up(places, Source(make_backend(tmp_path)))
    assert (places.environment / "thesis.txt").read_text() == "mine"


def test_a_full_disk_is_noticed_before_anything_is_downloaded(tmp_path):
    environment = Environment(tmp_path / "environment", needed=1 << 62)
    with pytest.raises(SetupError, match="too full"):
        environment.make(probe(sys.executable), lambda _task: tmp_path, Task())


def test_a_home_inside_a_file_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"Could not make the folder .*file/home"):
        set_up(
            find_places({"MASKWRIGHT_HOME": str(tmp_path / "file" / "home")}), Source(make_backend(tmp_path))
        )


def test_what_the_index_lacks_is_named(places, tmp_path):
    with pytest.raises(SetupError, match="no nothing-like-it for this Python"):
        Environment(places.environment).install(
            Source(make_backend(tmp_path, requires=["nothing-like-it"])), Task()
        )


def test_without_a_network_the_sentence_says_so(places, tmp_path, monkeypatch):
    with FakeIndex() as index:
        closed = index.url
    for name, value in {"PIP_INDEX_URL": closed, "PIP_RETRIES": "1", "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_NO_INDEX")
    with pytest.raises(SetupError, match="cannot be reached"):
        Environment(places.environment).install(
            Source(make_backend(tmp_path, requires=["nothing-like-it"])), Task()
        )


def pip_wheel():
    """Return the wheel of pip that this Python would put into an environment, or none where it was split off."""
    folders = [Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels")]
    return next((path for folder in folders for path in folder.glob("pip-*.whl")), None)


@pytest.mark.skipif(pip_wheel() is None, reason="this Python brings no wheel of pip to serve")
def test_a_python_without_ensurepip_gets_its_pip_from_the_index(tmp_path):
    bare = Python(sys.executable, sys.version_info[:3], wide=True, venv=True, ensurepip=False)
    environment = Environment(tmp_path / "environment")
    with FakeIndex() as index:
        index.add(pip_wheel())
        packages = PackageIndex(IndexSettings((index.url,)))
        environment.make(bare, lambda task: fetch_pip(packages, tmp_path, task), Task())
    environment.install(Source(make_backend(tmp_path)), Task())
    assert environment.import_error(["maskwright_backend", "pip"]) == ""
