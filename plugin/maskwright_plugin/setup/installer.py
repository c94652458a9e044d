# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up the backend: find or fetch a Python, make the environment, install, check, write the command.

Every step can be repeated: what is right already is kept, what is half made or damaged is made anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence, Tuple

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import stop_daemon
from maskwright_shared.places import Places

from .command import write_command
from .environment import Environment
from .index import PackageIndex
from .lock import only_one
from .problems import SetupError
from .pythons import NEWEST, OLDEST, Python, find_pythons
from .settings import find_settings
from .source import Source
from .task import Cancelled, Report, Task, never, silent
from .tools import fetch_pip, fetch_python

MODULES = ("maskwright_backend", "numpy", "onnxruntime", "cv2", "PIL", "zmq", "xxhash")
"""What a working backend imports."""


class Storage(NamedTuple):
    """What the setup keeps in a home beside the environment."""

    tools: Path
    wheels: Path
    pythons: Path
    log: Path


def storage(places: Places) -> Storage:
    """Return where the setup keeps its things."""
    cache = places.cache / "setup"
    return Storage(cache / "tools", cache / "wheel", places.home / "setup-python", places.logs / "setup.log")


def set_up(
    places: Places, source: Source, *, report: Report = silent, cancelled: Cancelled = never
) -> Installation:
    """Make the backend of `places` run `source`, and return it. Blocks: call it on a thread of its own.

    `report` gets a `Progress` at every step, `cancelled` is asked at least ten times a second; both are called on
    the calling thread.

    Raises:
        SetupError: with one sentence for the user; running it again goes on from there.
        SetupCancelled: when `cancelled` said so.
    """
    task = Task(report, cancelled, storage(places).log)
    with only_one(places.home, task) as held:
        environment = ready_environment(places, places.environment, source, MODULES, held)
        installation = Installation(environment.python, places)
        write_command(installation)
    task.say("Ready", 1.0)
    return installation


def set_up_tests(places: Places, source: Source, *, report: Report = silent) -> Path:
    """Make the environment of the tests, and return its interpreter. As `set_up` otherwise."""
    task = Task(report, never, storage(places).log)
    with only_one(places.home, task) as held:
        folder = test_environment(places)
        return ready_environment(places, folder, source, (*MODULES, "pytest", "importlinter"), held).python


def test_environment(places: Places) -> Path:
    """Return the folder of the environment in which the tests run."""
    return places.home / "test-environment"


def built_wheel(places: Places) -> Optional[Path]:
    """Return the wheel that the last `set_up` from a checkout has built; None where there was none to build."""
    return next(storage(places).wheels.glob("*.whl"), None)


def ready_environment(
    places: Places, folder: Path, source: Source, modules: Sequence[str], task: Task
) -> Environment:
    """Return the environment in `folder` of a home, with `source` installed and `modules` importable."""
    environment = Environment(folder)
    digest = source.digest()
    task.say("Checking what is there")
    if environment.is_current(digest, modules):
        return environment
    if folder == places.environment:
        _stop_daemon(Installation(environment.python, places))
    if not (environment.is_complete and _filled(environment, source, modules, places, task)):
        _make(environment, places, task)
        if not _filled(environment, source, modules, places, task):
            raise SetupError(f"What was installed does not start on this system: see {storage(places).log}.")
    environment.finish(digest)
    return environment


def _make(environment: Environment, places: Places, task: Task) -> None:
    """Make the environment anew with the best Python there is."""
    index = PackageIndex(find_settings())
    store = storage(places)
    python = choose_python(index, store, task.part(2, 25))
    environment.make(python, lambda part: fetch_pip(index, store.tools, part), task.part(25, 35))


def _filled(
    environment: Environment, source: Source, modules: Sequence[str], places: Places, task: Task
) -> bool:
    """Install the source; return whether its modules can be imported."""
    environment.install(_as_wheel(environment, source, places, task.part(35, 40)), task.part(40, 95))
    task.part(95, 100).say("Checking")
    trouble = environment.import_error(modules)
    task.log(trouble)
    return not trouble


def choose_python(
    index: PackageIndex, store: Storage, task: Task, found: Optional[List[Python]] = None
) -> Python:
    """Return the best Python of this machine, or one that uv brings.

    Raises:
        SetupError: there is none and none can be fetched; the sentence says what to install.
    """
    task.say("Looking for Python")
    pythons = find_pythons(task) if found is None else found
    if pythons and pythons[0].usable:
        return pythons[0]
    try:
        return fetch_python(index, store.tools, store.pythons, task)
    except SetupError as error:
        raise SetupError(f"{_missing(pythons)} {error.message}", error.detail) from error


def _missing(pythons: Sequence[Python]) -> str:
    """Return in a sentence why none of the machine's own Pythons will do."""
    wanted = f"{_spelled(OLDEST)} to {_spelled(NEWEST)}"
    if any(python.in_range for python in pythons):
        return "Python's venv module is missing (on Debian and Ubuntu: sudo apt install python3-venv)."
    if any(OLDEST <= python.version[:2] <= NEWEST for python in pythons):
        return "The Python here has 32 bits; Maskwright needs one of 64."
    if pythons:
        newest = max(python.version for python in pythons)
        return f"Maskwright needs Python {wanted}, and the newest here is {_spelled(newest)}."
    return f"Maskwright needs Python {wanted}, and there is none here."


def _spelled(version: Tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _as_wheel(environment: Environment, source: Source, places: Places, task: Task) -> Source:
    """Return a checkout as the wheel built from it; a linked one and a wheel stay as they are."""
    if source.linked or source.path.is_file():
        return source
    task.say("Building Maskwright")
    return source._replace(path=environment.build_wheel(source.path, storage(places).wheels, task))


def _stop_daemon(installation: Installation) -> None:
    """End a daemon that runs on the environment which is about to change; a stuck one must not keep it from that."""
    try:
        stop_daemon(installation, "setup")
    except MaskwrightError:
        return
