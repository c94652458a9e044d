# SPDX-License-Identifier: GPL-3.0-or-later
"""Another package of ONNX Runtime in the backend's environment: one that drives a graphics card.

All packages of ONNX Runtime bring the same files, so one takes the place of another. The new one is downloaded before
the old one goes, and the old one comes back when the new one does not do what it is for.
"""

from __future__ import annotations

import json
import shutil
import urllib.error
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from maskwright_shared.installation import Installation
from maskwright_shared.launcher import stop_daemon

from .environment import Environment
from .index import PackageIndex
from .problems import NO_NETWORK, CommandFailed, SetupError, explained
from .process import answer, run
from .settings import find_settings
from .task import Task

PLAIN = "onnxruntime"
_FAMILY = (PLAIN, "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
_PIP = ("-I", "-m", "pip", "--disable-pip-version-check", "--no-input")
_OFFERED = "import json, onnxruntime; print(json.dumps(onnxruntime.get_available_providers()))"


class Offer(NamedTuple):
    """A wheel for this machine: its file's name and size in bytes, None where the index does not say."""

    file: str
    size: int | None


class RuntimeChange:
    """Puts a package in the place of the one that is installed; before `install` only a file's size is asked for."""

    def __init__(self, installation: Installation, package: str) -> None:
        if package not in _FAMILY:
            raise SetupError(f"{package} is no package of ONNX Runtime.")
        self._installation, self._package = installation, package
        self._environment = Environment(installation.python.parent.parent)
        self._python = str(installation.python)

    def look_up(self, task: Task) -> Offer:
        """Return which wheel would be installed, and its size.

        Raises:
            SetupError: there is none for this machine, or the index cannot be reached.
        """
        report = self._pip(task, "install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet", "--report",
                           "-", "--only-binary", ":all:", self._package)  # fmt: skip
        try:
            url = json.loads(report[report.index("{") :])["install"][0]["download_info"]["url"]
        except (ValueError, KeyError, IndexError) as error:
            raise SetupError(NO_NETWORK, report[-2000:]) from error
        return Offer(urlsplit(url).path.rpartition("/")[2], _size(url))

    def install(self, provider: str, task: Task) -> None:
        """Put it in place, and see that ONNX Runtime then has `provider` (its own name of it).

        Raises:
            SetupError: with the reason; what was there before is there again.
            SetupCancelled: the same, as the user wanted it to stop.
        """
        store = self._installation.places.home / "runtime-packages"
        shutil.rmtree(store, ignore_errors=True)
        task.say(f"Downloading {self._package}", 0.1)
        self._pip(task, "download", "--only-binary", ":all:", "--dest", str(store), self._package, PLAIN)
        stop_daemon(self._installation, "setup")
        try:
            self._replace(self._package, store, task)
            self._check(provider)
        except SetupError:
            self._replace(PLAIN, store, Task())
            raise
        finally:
            shutil.rmtree(store, ignore_errors=True)

    def _replace(self, package: str, store: Path, task: Task) -> None:
        task.say(f"Installing {package}", 0.7)
        self._pip(task, "uninstall", "--yes", *_FAMILY)
        self._pip(task, "install", "--no-index", "--find-links", str(store), package)

    def _check(self, provider: str) -> None:
        if provider not in self._offered():
            raise SetupError(
                f"{self._package} does not bring {provider} here, so {PLAIN} is back: look for its requirements."
            )

    def _offered(self) -> list[str]:
        said = answer([self._python, "-I", "-c", _OFFERED], seconds=120).strip().rpartition("\n")[2]
        return [str(name) for name in json.loads(said)] if said.startswith("[") else []

    def _pip(self, task: Task, *arguments: str) -> str:
        try:
            return run([self._python, *_PIP, *arguments], task)
        except CommandFailed as failure:
            raise explained(failure) from failure


def _size(url: str) -> int | None:
    """Return what a server says of a file's size; nothing of the file itself is read."""
    try:
        with PackageIndex(find_settings()).open(url, {}) as reply:
            length = reply.headers.get("Content-Length", "")
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return int(length) if length.isdigit() else None
