# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dialog remembers from one time to the next, as a small JSON file in GIMP's folder."""

from __future__ import annotations

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional

from maskwright_plugin.host import Mask

FILE = "maskwright-select.json"
_LARGEST = 64 * 1024
_MOST = 1e6


class Remembered(NamedTuple):
    """The window's size, all choices but the prompts, and the mark of the selection that was made last."""

    width: int = 1100
    height: int = 760
    style: str = "tint"
    source: str = "layer"
    model: str = ""
    output: str = "selection"
    operation: str = "replace"
    hover: bool = True
    hard: bool = False
    refine: str = "auto"
    grow: float = 0.0
    feather: float = 0.0
    fill_holes: bool = False
    drop_islands: int = 0
    keep: str = "all"
    made: str = ""

    @classmethod
    def read(cls, folder: Path) -> Remembered:
        """Return what the file in the folder says; what is missing, damaged or of a wrong type is the default."""
        try:
            with (folder / FILE).open("rb") as file:
                values = json.loads(file.read(_LARGEST).decode("utf-8"))
        except (OSError, ValueError):
            return cls()
        if not isinstance(values, dict):
            return cls()
        defaults: Dict[str, Any] = cls()._asdict()
        known = {
            name: values[name]
            for name, default in defaults.items()
            if type(values.get(name)) is type(default) and _is_sane(values[name])
        }
        return cls(**known)

    def write(self, folder: Path) -> None:
        """Store it; a folder that cannot be written is no reason to bother the user."""
        temporary = folder / f"{FILE}.{os.getpid()}"
        try:
            temporary.write_text(json.dumps(self._asdict(), indent=1) + "\n", encoding="utf-8")
            temporary.replace(folder / FILE)
        except OSError:
            return


def selection_mark(selection: Optional[Mask]) -> str:
    """Return what a selection is known by again; nothing where nothing is selected."""
    if selection is None:
        return ""
    place = ",".join(map(str, selection.bounds)).encode()
    return hashlib.sha256(place + b":" + bytes(selection.alpha)).hexdigest()


def remember_made(folder: Path, selection: Optional[Mask]) -> None:
    """Note that this selection is the last object's, when no dialog is there to do so."""
    Remembered.read(folder)._replace(made=selection_mark(selection)).write(folder)


def _is_sane(value: Any) -> bool:
    return isinstance(value, str) or (math.isfinite(value) and abs(value) <= _MOST)
