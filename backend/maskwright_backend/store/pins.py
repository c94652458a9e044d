# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes that nobody published, noted at the first download, so that a later one must bring the same bytes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..preferences import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Pins:
    """The file `pins.json` in the home folder. Any thread may call it."""

    def __init__(self, home: Path) -> None:
        self._path = home / "pins.json"
        self._lock = threading.Lock()

    def get(self, model_id: str, name: str) -> str | None:
        """Return the SHA-256 that a file of this model had when it first came, None when it never did."""
        files = read_json(self._path).get(model_id)
        found = files.get(name) if isinstance(files, dict) else None
        return found if isinstance(found, str) else None

    def note(self, model_id: str, hashes: Mapping[str, str]) -> None:
        """Note the hashes of a model's files; those noted before stay."""
        with self._lock:
            pins = read_json(self._path)
            before = pins.get(model_id)
            pins[model_id] = {**hashes, **(before if isinstance(before, dict) else {})}
            write_json(self._path, pins)
