# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user chose for this installation, in `settings.json` of the home folder; read without heavy imports."""

from __future__ import annotations

import json
import logging
import re
import threading
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from .outside_json import parse, read_plain
from .settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

FILE = "settings.json"
MOST_BYTES = 1 << 20
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


class Preferences:
    """The default model and the wanted execution provider; a damaged file counts as none. Any thread may call it."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._models = home / "models"
        self._lock = threading.Lock()

    @property
    def default_model(self) -> str:
        """The model that clients get when they name none; the built-in one when the chosen one is gone."""
        chosen = self._read().get("default_model")
        if (
            isinstance(chosen, str)
            and _ID.fullmatch(chosen)
            and (self._models / chosen / "card.json").is_file()
        ):
            return chosen
        return DEFAULT_MODEL

    @property
    def provider(self) -> str:
        """The wanted execution provider: "cpu", "auto", or a provider's short name."""
        chosen = self._read().get("provider")
        return chosen if isinstance(chosen, str) else "cpu"

    def choose(self, **values: str) -> None:
        """Write one or more choices, the others stay.

        Raises:
            ModelError: `model.disk` when the file cannot be written.
        """
        with self._lock:
            write_json(self._path, {**self._read(), **values})

    def _read(self) -> dict[str, Any]:
        return read_json(self._path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of ours; an absent or damaged one counts as empty, a mad number as None."""
    try:
        found = parse(read_plain(path, MOST_BYTES), strict=False)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read and counts as empty: %s", path, error)
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, fields: dict[str, Any]) -> None:
    """Replace a file of ours by this JSON object in one step.

    Raises:
        ModelError: `model.disk`.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        temporary.write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ModelError("model.disk", f"{path} cannot be written ({error.strerror}).", str(error)) from error
