# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away what the setup has put anywhere, and nothing else: the editors' bundles, the backend, the command.

Models and settings of the user's stay; where something stays, it is said.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Callable, List

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import stop_daemon
from maskwright_shared.places import Places

from .bundles import uninstall_bundles
from .command import remove_command
from .environment import Environment
from .installer import storage, test_environment
from .lock import LOCK, only_one
from .problems import explained_os
from .profiles import Machine, gimp_profiles, krita_profiles
from .task import Task

Say = Callable[[str], None]

MEASURED = ("figures.json", "providers.json")
"""What the daemon found out about this machine; what the user chose and downloaded stays."""


def uninstall(places: Places, machine: Machine, say: Say) -> int:
    """Remove everything, telling `say` what went and what stayed; return 0.

    Raises:
        SetupError: something of ours cannot be removed.
    """
    said: List[str] = []

    def tell(line: str) -> None:
        said.append(line)
        say(line)

    try:
        for folder, kept in uninstall_bundles(_bundle_folders(machine)):
            tell(f"Removed {folder}")
            for path in kept:
                tell(f"  kept, since it was not put there by this or was changed: {path}")
        if places.home.is_dir():
            _remove_backend(places, tell)
    except OSError as error:
        raise explained_os(error, f"remove {error.filename or places.home}") from error
    if not said:
        say("There is nothing of Maskwright's to remove.")
    return 0


def _bundle_folders(machine: Machine) -> List[Path]:
    """Return every folder in which a bundle may lie."""
    plugins = [profile.folder / "pykrita" for profile in krita_profiles(machine, even_absent=True)]
    plugins += [profile.folder / "plug-ins" for profile in gimp_profiles(machine)]
    return [folder for parent in plugins if parent.is_dir() for folder in sorted(parent.iterdir())]


def _remove_backend(places: Places, say: Say) -> None:
    with only_one(places.home, Task()):
        with contextlib.suppress(MaskwrightError):
            stop_daemon(Installation(places.interpreter, places), "uninstall")
        for environment in map(Environment, (places.environment, test_environment(places))):
            if environment.is_ours:
                environment.remove()
                say(f"Removed {environment.folder}")
        command = remove_command(places.home)
        if command:
            say(f"Removed {command}")
        _remove_storage(places)
    (places.home / LOCK).unlink()
    _remove_empty(places.cache, places.logs, places.home)
    if places.home.is_dir():
        left = ", ".join(sorted(path.name for path in places.home.iterdir()))
        say(f"Left as it is: {places.home} ({left})")


def _remove_storage(places: Places) -> None:
    """Remove what the setup downloaded and built, the logs, what was measured, and the daemon's lock."""
    store = storage(places)
    for folder in (store.tools, store.wheels, store.pythons):
        shutil.rmtree(folder, ignore_errors=True)
    measured = [places.home / name for name in MEASURED]
    for file in [store.log, *places.logs.glob("daemon.log*"), *places.logs.glob("start.log*"), *measured]:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
    if places.home in places.runtime.parents:
        for path in (places.connection_file, places.lock_file):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    _remove_empty(store.tools.parent, places.runtime)


def _remove_empty(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # not empty, or not there
            folder.rmdir()
