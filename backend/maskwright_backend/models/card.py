# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's card: what a user should know before and after it is installed, read strictly from `card.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError
from maskwright_shared.plain_text import plain

from ..outside_json import parse, read_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_BYTES = 64 << 10
"""A card is a page of text; a list of models must fit into one message."""


@dataclass(frozen=True)
class CardFile:
    """A file of the model: its SHA-256 (None while unknown) and its size in bytes (None while unknown)."""

    sha256: str | None
    size: int | None


@dataclass(frozen=True)
class Card:
    """The card's fields; `details` holds whatever else it says (paper, figures, classes), for people.

    `files` maps each file's path inside the model's folder, with forward slashes, to its hash and size.
    """

    id: str
    name: str
    family: str
    summary: str
    licence: str
    licence_url: str
    training_data: str
    limits: tuple[str, ...]
    source: str
    files: Mapping[str, CardFile]
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the card as `card.json` holds it."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        files = {name: {"sha256": file.sha256, "size": file.size} for name, file in self.files.items()}
        return {**texts, "limits": list(self.limits), "files": files, **self.details}


_TEXTS = ("id", "name", "family", "summary", "licence", "licence_url", "training_data", "source")


def read_card(path: Path) -> Card:
    """Read and check a card.

    Raises:
        ModelError: `model.card`, with a sentence that names the field that is missing or wrong.
    """
    try:
        fields = parse(read_plain(path, MAX_BYTES))
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise _refused(path, "it is not JSON in UTF-8") from error
    except json.JSONDecodeError as error:
        raise _refused(path, "it is not JSON") from error
    except ValueError as error:
        raise _refused(path, str(error)) from error
    return parse_card(fields, path)


def parse_card(fields: object, path: Path) -> Card:
    """Check a card's JSON; `path` is for the error's sentence alone."""
    if not isinstance(fields, dict):
        raise _refused(path, "it is not a JSON object")
    texts = {name: _text(fields, name, path) for name in _TEXTS}
    if not _ID.fullmatch(texts["id"]):
        raise _refused(path, "'id' may hold small letters, digits, dots, dashes and underscores")
    limits = fields.get("limits")
    if not isinstance(limits, list) or not all(isinstance(limit, str) for limit in limits):
        raise _refused(path, "'limits' must be a list of sentences")
    known = {*_TEXTS, "limits", "files"}
    details = {name: value for name, value in fields.items() if name not in known}
    return Card(**texts, limits=tuple(limits), files=_files(fields.get("files"), path), details=details)


def _text(fields: dict[str, Any], name: str, path: Path) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise _refused(path, f"'{name}' must be a text")
    return value


def _files(value: object, path: Path) -> dict[str, CardFile]:
    if not isinstance(value, dict) or not value:
        raise _refused(path, "'files' must name the model's files")
    files = {}
    for name, entry in value.items():
        _check_name(name, path)
        if not isinstance(entry, dict):
            raise _refused(path, f"'files' must give a hash and a size for '{name}'")
        files[name] = CardFile(_hash(entry.get("sha256"), name, path), _size(entry.get("size"), name, path))
    return files


def _check_name(name: str, path: Path) -> None:
    inner = PurePosixPath(name)
    if (
        inner.is_absolute()
        or ".." in inner.parts
        or "\\" in name
        or ":" in name
        or not inner.parts
        or plain(name) != name
    ):
        raise _refused(path, f"the file '{name}' is not inside the model's folder")


def _hash(value: object, name: str, path: Path) -> str | None:
    if value is None or (isinstance(value, str) and _SHA256.fullmatch(value)):
        return value
    raise _refused(path, f"the 'sha256' of '{name}' must be 64 hexadecimal digits, or null while unknown")


def _size(value: object, name: str, path: Path) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise _refused(path, f"the 'size' of '{name}' must be a number of bytes, or null while unknown")


def _refused(path: Path, reason: str) -> ModelError:
    return ModelError("model.card", plain(f"The model's card {path} is refused: {reason}."))
