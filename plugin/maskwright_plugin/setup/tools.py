# SPDX-License-Identifier: GPL-3.0-or-later
"""The two helpers that may have to be fetched: pip, where Python lacks it, and uv, where Python itself is missing."""

from __future__ import annotations

import os
import platform
import re
import sys
import zipfile
from pathlib import Path
from typing import Callable, List, Optional, Tuple

from .download import download
from .index import Link, PackageIndex
from .problems import NO_NETWORK, CommandFailed, SetupError, explained, explained_os
from .process import run
from .pythons import Python, probe
from .task import Task

PYTHON = "3.12"
"""The version that uv brings: in the middle of the range that the dependencies offer packages for."""

_NO_PYTHON = (
    f"A Python of Maskwright's own could not be downloaded either: install Python {PYTHON} from python.org, "
    "then start the setup again."
)
_FINAL = re.compile(r"\d+(\.\d+)*$")


def fetch_pip(index: PackageIndex, folder: Path, task: Task) -> Path:
    """Return the path of the newest pip's wheel in `folder`."""
    return download(index, newest(index.links("pip"), lambda tag: tag == "any"), folder, task)


def fetch_python(index: PackageIndex, tools: Path, pythons: Path, task: Task) -> Python:
    """Fetch uv into `tools` and let it put a Python into `pythons`.

    Raises:
        SetupError: the index or uv's source of Pythons cannot be reached, or has nothing for this system.
    """
    wheel = download(index, newest(index.links("uv"), fits_system), tools, task.part(0, 40))
    uv = _unpack(wheel, tools)
    found = _installed(pythons)
    if found is None:
        task.part(40, 100).say("Downloading Python")
        _install_python(uv, tools, pythons, task.part(40, 100))
        found = _installed(pythons)
    if found is None:
        raise SetupError(f"uv brought no Python that works here: install Python {PYTHON} from python.org.")
    return found


def newest(links: List[Link], wanted: Callable[[str], bool]) -> Link:
    """Return the wheel of the highest final version whose platform tag is wanted.

    Raises:
        SetupError: there is none.
    """
    fitting = [(version, link) for version, link in map(_versioned, links) if version and wanted(_tag(link))]
    if not fitting:
        raise SetupError(
            f"The package index has nothing for this system: install Python {PYTHON} from python.org."
        )
    return max(fitting)[1]


def _versioned(link: Link) -> Tuple[Tuple[int, ...], Link]:
    """Return the version of a wheel as numbers, none for other files and for versions that are not final."""
    parts = link.name.split("-")
    if not link.name.endswith(".whl") or len(parts) < 5 or not _FINAL.match(parts[1]):
        return (), link
    return tuple(int(number) for number in parts[1].split(".")), link


def _tag(link: Link) -> str:
    return link.name[: -len(".whl")].split("-")[-1]


def fits_system(tag: str, system: Optional[str] = None, machine: Optional[str] = None) -> bool:
    """Whether a wheel's platform tag (a dotted list) fits this system, or the given one."""
    system = system or sys.platform
    machine = (machine or platform.machine()).lower()
    names = {
        "win32": {"amd64": "win_amd64", "x86_64": "win_amd64", "arm64": "win_arm64"},
        "darwin": {"x86_64": "macosx_.*_x86_64", "arm64": "macosx_.*_arm64"},
    }.get(system, {machine: f"{_libc()}linux.*_{machine}"})
    pattern = names.get(machine)
    return pattern is not None and any(re.match(f"{pattern}$", part) for part in tag.split("."))


def _libc() -> str:
    """Return "many" for a Linux with glibc, "musl" for the others, as platform tags spell it."""
    try:
        return "many" if (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc") else "musl"
    except (AttributeError, OSError, ValueError):
        return "musl"


def _unpack(wheel: Path, folder: Path) -> Path:
    """Take the program out of uv's wheel and return its path."""
    program = "uv.exe" if sys.platform == "win32" else "uv"
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = next(name for name in archive.namelist() if name.endswith(f"/scripts/{program}"))
            path = folder / program
            path.write_bytes(archive.read(member))
        path.chmod(0o755)
    except (StopIteration, zipfile.BadZipFile) as error:
        raise SetupError(f"{wheel.name} holds no uv: start the setup again.", str(error)) from error
    except OSError as error:
        raise explained_os(error, f"unpack {wheel.name}") from error
    return path


def _install_python(uv: Path, tools: Path, pythons: Path, task: Task) -> None:
    settings = {"UV_PYTHON_INSTALL_BIN": "0", "UV_CACHE_DIR": str(tools / "uv-cache"), "UV_NO_PROGRESS": "1"}
    command = [str(uv), "python", "install", PYTHON, "--install-dir", str(pythons)]
    try:
        run(
            command,
            task,
            on_line=lambda line: task.say(line.strip()[:80] or "Downloading Python"),
            extra=settings,
        )
    except CommandFailed as failure:
        known = explained(failure)
        raise SetupError(
            _NO_PYTHON if known.message == NO_NETWORK else known.message, failure.detail
        ) from failure


def _installed(pythons: Path) -> Optional[Python]:
    """Return a working Python in the folder that uv fills."""
    name = "python.exe" if sys.platform == "win32" else "bin/python3"
    for path in sorted(pythons.glob(f"cpython-*/{name}")):
        python = probe(str(path))
        if python is not None and python.usable:
            return python
    return None
