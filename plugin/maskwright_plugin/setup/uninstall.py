# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away what the setup has put anywhere, and nothing else: the editors' bundles, the backend, the command.

Models and settings of the user's stay; where something stays, it is said.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Callable, List

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import stop_daemon
from maskwright_shared.places import Places

from . import kritarc
from .bundles import uninstall_bundles
from .command import remove_command
from .environment import Environment
from .installer import storage, test_environment
from .lock import LOCK, only_one
from .planted import leads_elsewhere, remove_empty, remove_file, remove_tree
from .problems import explained_os
from .profiles import Machine, gimp_profiles, krita_profiles
from .task import Task

Say = Callable[[str], None]

MEASURED = ("figures.json", "providers.json", "quarantine.json")
"""What the daemon found out about this machine; what the user chose and downloaded stays."""
CACHES = ("embeddings", "prepared")
"""What the daemon made of pictures and models; it can be made again."""
LOGS = ("daemon.log*", "start.log*", "command.log")
GIMP_CHOICES = "maskwright-select.json"
"""What the dialog remembers, in GIMP's folder."""


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
        _remove_choices(machine, tell)
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


def _remove_choices(machine: Machine, say: Say) -> None:
    """Remove what the plugins wrote into the editors' own folders and settings."""
    for profile in krita_profiles(machine, even_absent=True):
        if profile.settings and kritarc.forget(profile.settings, "maskwright"):
            say(f"Removed Maskwright's entries from {profile.settings}")
    for profile in gimp_profiles(machine):
        for path in sorted(profile.folder.glob(f"{GIMP_CHOICES}*")):
            remove_file(path, profile.folder)
            say(f"Removed {path}")


def _remove_backend(places: Places, say: Say) -> None:
    with only_one(places.home, Task()):
        with contextlib.suppress(MaskwrightError):
            stop_daemon(Installation(places.interpreter, places), "uninstall")
        for environment in map(Environment, (places.environment, test_environment(places))):
            if environment.is_ours and not leads_elsewhere(environment.folder, places.home):
                environment.remove()
                say(f"Removed {environment.folder}")
        command = None if (places.home / "bin").is_symlink() else remove_command(places.home)
        if command:
            say(f"Removed {command}")
        _remove_storage(places)
        _remove_runtime(places)
    (places.home / LOCK).unlink()
    for folder in (places.cache, places.logs, places.home):
        remove_empty(folder, places.home)
    if places.home.is_dir():
        left = ", ".join(sorted(path.name for path in places.home.iterdir()))
        say(f"Left as it is: {places.home} ({left})")


def _remove_storage(places: Places) -> None:
    """Remove what the setup downloaded and built, the logs, what was measured, and what can be made again."""
    store, home = storage(places), places.home
    caches = [places.cache / name for name in CACHES]
    for folder in (store.tools, store.wheels, store.pythons, *caches):
        remove_tree(folder, home)
    logs = [path for pattern in LOGS for path in places.logs.glob(pattern)]
    for file in [store.log, *logs, *(home / name for name in MEASURED)]:
        remove_file(file, home)
    remove_empty(store.tools.parent, home)


def _remove_runtime(places: Places) -> None:
    """Remove the daemon's files in its runtime folder, and the folder where it is one of ours."""
    ours = places.home in places.runtime.parents
    base = places.home if ours else places.runtime
    if places.runtime.is_symlink():
        return
    for path in (places.connection_file, places.lock_file, places.runtime / "running.json"):
        remove_file(path, base)
    if ours or places.runtime.name == places.home.name:
        remove_empty(places.runtime, base)
