# SPDX-License-Identifier: GPL-3.0-or-later
"""Kritas for the tests: one of each kind runs for the whole test run, and is started again if a test ended it."""

import contextlib
import shutil

import pytest
from tests.hosts.conftest import debian, missing
from tests.hosts.krita.harness import Krita, Machine

KINDS = {
    "5.1": (None, True, {}),
    "5.1-cpu-canvas": (None, False, {}),
    "5.1-hidpi": (None, True, {"QT_SCALE_FACTOR": "2"}),
    "5.2": ("trixie", True, {}),
    "5.3": ("forky", True, {}),
}
TOOLS = ("krita", "Xvfb", "xdotool", "import")
slow = [pytest.mark.slow]


class Kritas:
    """The running Kritas, by kind."""

    def __init__(self):
        self._running = {}

    def get(self, kind):
        krita = self._running.get(kind)
        if krita is None or not krita.alive:
            if krita is not None:
                krita.close()
            release, opengl, env = KINDS[kind]
            self._running[kind] = krita = Krita(machine(release), opengl=opengl, env=env)
        return krita

    def close(self):
        for krita in self._running.values():
            krita.close()


def machine(release):
    """The machine of that name, or a skip."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            missing(f"{tool} is not installed: install the packages of tests/hosts/packages.txt")
    if release is not None:
        debian(release)
    return Machine(release)


@pytest.fixture(scope="session")
def kritas():
    holder = Kritas()
    with contextlib.closing(holder):
        yield holder


def kinds(*names):
    """Parametrize a test over these kinds of Krita; 5.3 belongs to the slow ones."""
    params = [pytest.param(name, marks=slow if name == "5.3" else ()) for name in names]
    return pytest.mark.parametrize("kind", params, scope="session")


@pytest.fixture
def krita(kritas, kind):
    """A Krita of the wanted kind, without documents."""
    running = kritas.get(kind)
    running.need_daemon()
    running.run("mode:fresh")
    return running


QUICK = ("actual", "all", "rgb-16", "lab-16", "cmyk-8", "de")
"""The cases that run by default on every kind of Krita but 5.1, on which all of them do."""

FIRST_ALONE = ("test_finish", "test_interface", "test_mode")
"""What does not hang on Krita's version: by default on 5.1 alone, on the others with the slow ones."""


def pytest_collection_modifyitems(items):
    for item in items:
        if "hosts/krita" not in item.nodeid:
            continue
        item.add_marker(pytest.mark.krita)
        item.add_marker(pytest.mark.timeout(240))
        params = item.callspec.params if hasattr(item, "callspec") else {}
        case = next((params[name] for name in ("view", "space", "language") if name in params), None)
        rare = (isinstance(case, str) and case not in QUICK) or item.path.stem in FIRST_ALONE
        if rare and params.get("kind", "5.1") != "5.1":
            item.add_marker(pytest.mark.slow)
