# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual environment of Maskwright's own: made, filled by pip, checked, and made anew when it is damaged.

A stamp in it says whose it is, and, once it is complete, what it was made from. Whatever ends a setup in
between leaves a stamp that says "unfinished", and the next one starts over (pip's cache makes that quick).
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Callable, List, Optional, Pattern, Sequence, Tuple

from maskwright_shared.stamp import STAMP, UNFINISHED, read_stamp, write_stamp

from .problems import CommandFailed, SetupError, explained, explained_os
from .process import answer, run
from .pythons import Python
from .source import Source
from .task import Task

_NEEDED = 600 << 20
"""Bytes that must be free: the packages, and their downloads beside them."""

_PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
_SETTINGS = {"PIP_USER": "0", "PIP_TARGET": "", "PIP_PREFIX": "", "PIP_ROOT": ""}
"""Settings of the user that make no sense inside an environment."""

_FROM_WHEEL = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('pip', run_name='__main__')"
)

_IMPORT = """
import importlib, sys, traceback
try:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    print("fine")
except ImportError:
    print(traceback.format_exc())
"""

OnLine = Callable[[str], None]
FetchPip = Callable[[Task], Path]


class Environment:
    """The virtual environment in `folder`; `needed` bytes must be free before it is made."""

    def __init__(self, folder: Path, needed: int = _NEEDED) -> None:
        self.folder = folder
        self._needed = needed
        self._fresh = False
        self._scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = self._scripts / ("python.exe" if sys.platform == "win32" else "python")

    def is_current(self, digest: str, modules: Sequence[str]) -> bool:
        """Whether it is complete, was made from what has this digest, and can still import `modules`."""
        return read_stamp(self.folder) == digest and not self.import_error(modules)

    def import_error(self, modules: Sequence[str]) -> str:
        """Return why its Python cannot start and import all of `modules`; empty when it can."""
        said = answer([str(self.python), "-I", "-c", _IMPORT, *modules], seconds=120).strip()
        return "" if said == "fine" else said or f"{self.python} does not start."

    @property
    def is_ours(self) -> bool:
        """Whether a setup made it, or began to."""
        return bool(read_stamp(self.folder))

    @property
    def is_complete(self) -> bool:
        """Whether a setup has finished it, and its Python starts."""
        return read_stamp(self.folder) not in ("", UNFINISHED) and not self.import_error(["sys"])

    def make(self, python: Python, fetch_pip: FetchPip, task: Task) -> None:
        """Make it anew, empty but for pip, in place of what an earlier setup left.

        Raises:
            SetupError: the folder is somebody else's, the disk is full, the venv module is incomplete.
        """
        self.remove()
        self._check_space()
        task.say("Making the environment")
        self._write_stamp(UNFINISHED)
        options = [] if python.ensurepip else ["--without-pip"]
        _run([python.executable, "-I", "-m", "venv", *options, str(self.folder)], task)
        if not python.ensurepip:
            wheel = str(fetch_pip(task))
            _run([str(self.python), "-I", "-c", _FROM_WHEEL, wheel, "install", "--no-index", wheel], task)
        self._fresh = True

    def install(self, source: Source, task: Task) -> None:
        """Install the source and all that it needs; an older copy of it gives way.

        Raises:
            SetupError: pip failed; the sentence says why.
        """
        self._write_stamp(UNFINISHED)
        seen: List[str] = []

        def follow(line: str) -> None:
            phrase = _phrase(line)
            if phrase:
                seen.append(phrase)
                task.say(phrase, 1 - 0.9 ** len(seen))

        linked = ["--editable"] if source.linked else []
        options = ["install", "--progress-bar", "off"]
        self.pip([*options, *linked, source.requirement], task, follow)
        if source.path.is_file() and not self._fresh:  # pip keeps an installed copy of the same version
            self.pip([*options, "--force-reinstall", "--no-deps", str(source.path)], task, follow)
        self._fresh = False

    def build_wheel(self, checkout: Path, folder: Path, task: Task) -> Path:
        """Build the checkout's wheel into `folder`, in place of what was there, and return its path."""
        shutil.rmtree(folder, ignore_errors=True)
        self.pip(["wheel", "--no-deps", "--wheel-dir", str(folder), str(checkout)], task)
        return next(folder.glob("*.whl"))

    def pip(self, arguments: Sequence[str], task: Task, on_line: Optional[OnLine] = None) -> None:
        """Run this environment's pip."""
        _run([str(self.python), *_PIP, *arguments], task, on_line)

    def finish(self, digest: str) -> None:
        """Declare it complete, made from what has this digest."""
        self._write_stamp(digest)

    def remove(self) -> None:
        """Remove it, if there is one.

        Raises:
            SetupError: the folder holds something else, or cannot be removed.
        """
        if not self.folder.exists() or not any(self.folder.iterdir()):
            return
        if not self.is_ours:
            raise SetupError(
                f"The folder {self.folder} was not made by Maskwright: move it away, or set MASKWRIGHT_HOME."
            )
        try:
            for path in self.folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name != STAMP:
                    path.unlink()
            (self.folder / STAMP).unlink()  # last, so that a removal that was cut short can be taken up again
            self.folder.rmdir()
        except OSError as error:
            raise explained_os(error, f"remove {self.folder}") from error

    def _check_space(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise explained_os(error, f"make the folder {self.folder}") from error
        if free < self._needed:
            raise SetupError(
                f"The disk is too full: {free >> 20} MB are free at {self.folder.parent}, "
                f"and {self._needed >> 20} MB are needed. Make room, or set MASKWRIGHT_HOME to another disk."
            )

    def _write_stamp(self, made_from: str) -> None:
        try:
            write_stamp(self.folder, made_from)
        except OSError as error:
            raise explained_os(error, f"write {self.folder / STAMP}") from error


_PHRASES: Tuple[Tuple[Pattern[str], str], ...] = (
    (re.compile(r"Collecting ([\w.-]+?)(?:[\[<>=!~;(].*)?$"), "Looking up {0}"),
    (
        re.compile(r"(?:Downloading|Using cached) \S*?([\w.]+)-([\w.]+)-\S+\.whl\S* (\(.*\))"),
        "Downloading {0} {1} {2}",
    ),
    (re.compile(r"Installing collected packages: (.*)"), "Installing {0}"),
    (re.compile(r"(?:Building|Preparing).*wheel"), "Building"),
)


def _phrase(line: str) -> str:
    """Return what a line of pip's means to the user, in at most 70 characters; empty for the other lines."""
    for pattern, phrase in _PHRASES:
        match = pattern.match(line.strip())
        if match:
            text = phrase.format(*match.groups())
            return text if len(text) <= 70 else text[:69].rpartition(",")[0] + " …"
    return ""


def _run(command: Sequence[str], task: Task, on_line: Optional[OnLine] = None) -> None:
    try:
        run(command, task, on_line=on_line, extra=_SETTINGS)
    except CommandFailed as failure:
        raise explained(failure) from failure
