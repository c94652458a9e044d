# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a Python on this machine that can carry the backend."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .process import answer
from .task import Task

OLDEST = (3, 11)
NEWEST = (3, 14)
"""The range of versions that the backend's own dependencies offer packages for."""

_ORDER = ("3.13", "3.12", "3.11", "3.14")

_PROBE = """
import json, sys
def works(module, function, *arguments):
    try:
        getattr(__import__(module), function)(*arguments)
    except Exception:
        return False
    return True
venv, ensurepip = works("venv", "EnvBuilder"), works("ensurepip", "version")
print(json.dumps([list(sys.version_info[:3]), sys.maxsize > 2**32, venv, ensurepip]))
"""


class Python(NamedTuple):
    """An interpreter that was asked what it is."""

    executable: str
    version: Tuple[int, int, int]
    wide: bool
    """64 bits"""
    venv: bool
    """The venv module is there."""
    ensurepip: bool
    """It can put pip into an environment without the network (Debian splits this off)."""

    @property
    def in_range(self) -> bool:
        """Whether the backend runs on this version."""
        return self.wide and OLDEST <= self.version[:2] <= NEWEST

    @property
    def usable(self) -> bool:
        """Whether an environment for the backend can be made with it."""
        return self.in_range and self.venv


def probe(executable: str) -> Optional[Python]:
    """Ask an interpreter what it is; None when it is no working Python 3.4 or newer."""
    try:
        version, wide, venv, ensurepip = json.loads(answer([executable, "-I", "-c", _PROBE]))
        return Python(executable, tuple(version), wide, venv, ensurepip)
    except ValueError:
        return None


def find_pythons(task: Task, candidates: Optional[Sequence[str]] = None) -> List[Python]:
    """Return the working Pythons of this machine, the best one first.

    Usable ones come first, among them those that bring pip along; otherwise the order of `candidates`
    (default: this interpreter, then PATH, the py launcher and the usual folders) stays.
    """
    found: List[Python] = []
    for executable in candidates if candidates is not None else _candidates():
        task.check()
        python = probe(executable)
        if python is None:
            continue
        found.append(python)
        if python.usable and python.ensurepip:
            break
    return sorted(found, key=lambda python: (not python.usable, not python.ensurepip))


def _candidates() -> Iterator[str]:
    """Yield each file that may be a Python once, the most promising first."""
    seen = set()
    for place in _places():
        path = os.path.realpath(place) if sys.platform != "win32" else place
        if path not in seen and Path(place).is_file() and not _is_bait(place):
            seen.add(path)
            yield place


def _is_bait(place: str) -> bool:
    """Whether it is Apple's own python3: too old, and without Apple's developer tools it asks to install them."""
    return sys.platform == "darwin" and Path(place).parent == Path("/usr/bin")


def _places() -> Iterator[str]:
    if Path(sys.executable or "").name.lower().startswith("python"):  # inside an editor it is the editor
        yield sys.executable
    for name in [f"python{version}" for version in _ORDER] + ["python3", "python"]:
        found = shutil.which(name)
        if found:
            yield found
    if sys.platform == "win32":
        yield from listed_by_launcher(answer(["py", "-0p"]))
    for folder, pattern in _folders():
        yield from sorted(map(str, folder.glob(pattern)), reverse=True)


def listed_by_launcher(text: str) -> List[str]:
    """Return the paths in what Windows' `py -0p` prints: in each line a version, then the path."""
    return [match.group(0).strip() for match in re.finditer(r"[A-Za-z]:\\.*$", text, re.MULTILINE)]


def _folders() -> Iterator[Tuple[Path, str]]:
    """Yield where Pythons lie that an editor started from the desktop has not on its PATH."""
    if sys.platform == "win32":
        for name in ("LOCALAPPDATA", "PROGRAMFILES"):
            base = Path(os.environ.get(name, r"C:\Python"))
            yield base, "Programs/Python/Python3*/python.exe"
            yield base, "Python3*/python.exe"
        return
    for place in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
        yield Path(place), "python3.1[1-4]"
    yield Path("/Library/Frameworks/Python.framework/Versions"), "3.1[1-4]/bin/python3"
    yield Path.home() / ".local" / "bin", "python3.1[1-4]"
