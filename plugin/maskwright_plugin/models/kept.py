# SPDX-License-Identifier: GPL-3.0-or-later
"""What the manager keeps for all editors in `manager.json` of the home folder: mirrors, and an answered hint."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Mapping

FILE = "manager.json"
_LARGEST = 64 * 1024

MIRRORS: Dict[str, str] = {
    "HF_ENDPOINT": "https://huggingface.co",
    "MASKWRIGHT_GITHUB_ENDPOINT": "https://github.com",
}
"""The variable that names a mirror, and the site that it stands for."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Kept:
    """Read anew at every question, since another editor may have written; a damaged file counts as none."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    @property
    def hint_is_answered(self) -> bool:
        """Whether the user has answered the hint at trained models."""
        return self._read().get("hint") == "answered"

    def answer_hint(self) -> None:
        """Never give the hint again."""
        self._write({"hint": "answered"})

    def mirror(self, variable: str) -> str:
        """Return the mirror that was set in the window, empty where there is none."""
        mirrors = self._read().get("mirrors")
        value = mirrors.get(variable) if isinstance(mirrors, dict) else None
        return value if isinstance(value, str) else ""

    def set_mirror(self, variable: str, address: str) -> bool:
        """Keep a mirror, or with an empty address none; return whether it is an address at all."""
        address = address.strip().rstrip("/")
        if address and not address.startswith(("http://", "https://")):
            return False
        mirrors = {name: self.mirror(name) for name in MIRRORS}
        self._write({"mirrors": {**mirrors, variable: address}})
        return True

    def environment(self, surroundings: Mapping[str, str] = os.environ) -> Dict[str, str]:
        """Return what a download takes from the editor's environment, and the mirrors, the window's first."""
        found = {name: surroundings[name] for name in (*_PROXIES, *MIRRORS) if name in surroundings}
        return {**found, **{name: self.mirror(name) for name in MIRRORS if self.mirror(name)}}

    def _read(self) -> Dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                values = json.loads(file.read(_LARGEST).decode("utf-8"))
        except (OSError, ValueError):
            return {}
        return values if isinstance(values, dict) else {}

    def _write(self, values: Mapping[str, Any]) -> None:
        """Write some values, the others stay; a folder that cannot be written is no reason to bother the user."""
        temporary = self._path.with_name(f"{FILE}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({**self._read(), **values}, indent=1) + "\n", encoding="utf-8")
            temporary.replace(self._path)
        except OSError:
            return
