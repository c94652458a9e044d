# SPDX-License-Identifier: GPL-3.0-or-later
"""The note in an editor's bundle that says where the backend lives: `installation.json`.

It holds three strings: `python` (the backend's interpreter), `home` and `runtime` (empty: the default ones).
The environment variables MASKWRIGHT_HOME and MASKWRIGHT_RUNTIME win over it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Mapping, NamedTuple, Optional

from .places import Places, find_places
from .stamp import UNFINISHED, read_stamp

FILE = "installation.json"
_LARGEST = 64 * 1024


class Installation(NamedTuple):
    """The backend's interpreter, which need not exist yet, and the folders of its installation."""

    python: Path
    places: Places

    @property
    def complete(self) -> bool:
        """Whether there is an interpreter to start the daemon with, and no setup left it half made."""
        return self.python.is_file() and read_stamp(self.python.parent.parent) != UNFINISHED


class Note(NamedTuple):
    """The content of `installation.json`."""

    python: str = ""
    home: str = ""
    runtime: str = ""

    @classmethod
    def read(cls, bundle: Path) -> Note:
        """Return the note in the folder `bundle`; a missing or damaged one is empty."""
        try:
            with (bundle / FILE).open("rb") as file:
                values = json.loads(file.read(_LARGEST).decode("utf-8"))
        except (OSError, ValueError):
            return cls()
        if not isinstance(values, dict):
            return cls()
        known = {name: values.get(name, "") for name in cls._fields}
        return cls(**{name: value if isinstance(value, str) else "" for name, value in known.items()})

    def write(self, bundle: Path) -> None:
        """Write the note into the folder `bundle` in one step."""
        path = bundle / FILE
        temporary = path.with_name(f"{FILE}.{os.getpid()}")
        temporary.write_text(json.dumps(self._asdict(), indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)


def find_installation(
    bundle: Optional[Path] = None, environment: Optional[Mapping[str, str]] = None
) -> Installation:
    """Return the installation that the environment (default: the process's), then the bundle's note, names.

    The home's own interpreter goes first; the noted one serves where the home has none.
    """
    env = os.environ if environment is None else environment
    note = Note.read(bundle) if bundle is not None else Note()
    places = find_places({**_chosen(note, env), **env})
    noted = Path(note.python) if note.python else places.interpreter
    return Installation(places.interpreter if places.interpreter.is_file() else noted, places)


def _chosen(note: Note, env: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the note chooses, unless the environment already chooses a home of its own."""
    if env.get("MASKWRIGHT_HOME"):
        return {}
    named = {"MASKWRIGHT_HOME": note.home, "MASKWRIGHT_RUNTIME": note.runtime}
    return {name: value for name, value in named.items() if value}


def note_of(installation: Installation) -> Note:
    """Return the note that leads to `installation`; what is the default anyway stays out of it."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MASKWRIGHT_")}
    default = find_places(plain)
    home, runtime = installation.places
    own = default.runtime if home == default.home else home / "run"
    return Note(
        str(installation.python),
        "" if home == default.home else str(home),
        "" if runtime == own else str(runtime),
    )
