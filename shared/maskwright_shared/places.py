# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an installation lives, and the owner-only folder in which its daemon can be found.

`MASKWRIGHT_HOME` names the home folder (default: the platform's user data folder). `MASKWRIGHT_RUNTIME` names
the runtime folder; without it a chosen home keeps its own, so that two installations never meet.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import Mapping, NamedTuple, Optional

from .errors import ConnectionFailed


class Places(NamedTuple):
    """The folders of one installation; none of them need exist yet."""

    home: Path
    runtime: Path

    @property
    def environment(self) -> Path:
        """The virtual environment of the backend."""
        return self.home / "environment"

    @property
    def interpreter(self) -> Path:
        """The Python that runs the daemon."""
        folder = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return self.environment / folder

    @property
    def models(self) -> Path:
        """One folder for each installed model."""
        return self.home / "models"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.home / "cache"

    @property
    def logs(self) -> Path:
        """The daemon's log files."""
        return self.home / "logs"

    @property
    def connection_file(self) -> Path:
        """Where a running daemon says how it is reached."""
        return self.runtime / "connection.json"

    @property
    def lock_file(self) -> Path:
        """The file whose kernel lock makes the daemon the only one; it is never removed."""
        return self.runtime / "daemon.lock"


def find_places(environment: Optional[Mapping[str, str]] = None) -> Places:
    """Return the folders that `environment` (default: the process's) names."""
    env = os.environ if environment is None else environment
    chosen = env.get("MASKWRIGHT_HOME")
    home = Path(chosen).expanduser().absolute() if chosen else _user_data(env) / "maskwright"
    runtime = env.get("MASKWRIGHT_RUNTIME")
    if runtime:
        return Places(home, Path(runtime).expanduser().absolute())
    shared = _absolute(env.get("XDG_RUNTIME_DIR"))
    if chosen or not shared or not Path(shared).is_dir():
        return Places(home, home / "run")
    return Places(home, Path(shared) / "maskwright")


def _user_data(env: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(_absolute(env.get("XDG_DATA_HOME")) or Path.home() / ".local" / "share")


def _absolute(folder: Optional[str]) -> Optional[str]:
    """Return the folder, or None for a relative one: the XDG base directory specification says to ignore it."""
    return folder if folder and Path(folder).is_absolute() else None


def make_private(folder: Path) -> None:
    """Make the folder if need be, open to its owner alone; one that is there keeps its mode.

    Raises:
        ConnectionFailed: `connection.folder` when it belongs to somebody else, is a link, or is open to others,
            since a secret in it would not be one.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "nt":  # the user's profile is private by its access list
            return
        state = folder.lstat()
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "free some room on its disk" if full else "set MASKWRIGHT_RUNTIME to one that can"
        raise ConnectionFailed(
            "connection.folder", f"The folder {folder} cannot be used ({error.strerror}): {advice}."
        ) from error
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        raise ConnectionFailed(
            "connection.folder", f"The folder {folder} is not yours: remove it or set MASKWRIGHT_RUNTIME."
        )
    if stat.S_IMODE(state.st_mode) & 0o077:
        raise ConnectionFailed(
            "connection.folder",
            f"The folder {folder} is open to other users: set MASKWRIGHT_RUNTIME to your own, "
            "or close this one (chmod 700).",
        )
