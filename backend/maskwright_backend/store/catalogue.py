# SPDX-License-Identifier: GPL-3.0-or-later
"""The known models: one card each in `cards/`, with where its files are published, when they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..models.card import Card, CardFile, parse_card

if TYPE_CHECKING:
    from collections.abc import Mapping

CARDS = Path(__file__).parent / "cards"


@dataclass(frozen=True)
class Archive:
    """A published zip: its address, hash and size (None while unknown), and which member is which file."""

    url: str
    sha256: str | None
    size: int | None
    members: Mapping[str, str]


@dataclass(frozen=True)
class Checkpoint:
    """Published weights for PyTorch, which are converted here: their address, hashes and size, where they are known."""

    url: str
    sha256: str | None = None
    size: int | None = None
    md5: str | None = None


@dataclass(frozen=True)
class Known:
    """A known model: its card, and an archive, the address of every file, or a checkpoint; else none is published."""

    card: Card
    files: Mapping[str, str]
    archive: Archive | None
    checkpoint: Checkpoint | None = None

    @property
    def is_published(self) -> bool:
        """Whether `pull` can get it without being told from where."""
        return bool(self.files) or self.archive is not None or self.checkpoint is not None

    @property
    def restrictions(self) -> tuple[str, ...]:
        """What licences forbid or leave open, in sentences to be read before a download; empty when nothing."""
        return tuple(self.card.details.get("restrictions", ()))

    @property
    def obtain(self) -> str:
        """How to get it when it is not published, in one sentence."""
        return str(self.card.details.get("obtain", ""))


@cache
def catalogue() -> Mapping[str, Known]:
    """Return the known models by id, in the order of their names."""
    found = [_read(path) for path in sorted(CARDS.glob("*.json"))]
    return {known.card.id: known for known in found}


def find(model_id: str) -> Known:
    """Return a known model by its id, or by the name that darktable-ai gave it.

    Raises:
        ModelError: `model.unknown`, with the ids that are known.
    """
    found = named_like(model_id)
    if found:
        return catalogue()[found]
    names = ", ".join(catalogue())
    raise ModelError("model.unknown", f"No model '{model_id}' is known here; known are: {names}.")


def named_like(model_id: str) -> str:
    """Return the id of the known model that goes by this name, empty when none does."""
    known = catalogue().values()
    return next(
        (k.card.id for k in known if model_id in (k.card.id, *k.card.details.get("also_known_as", ()))), ""
    )


def by_archive_hash(sha256: str) -> Known | None:
    """Return the known model whose published archive has this hash."""
    return next(
        (k for k in catalogue().values() if k.archive is not None and k.archive.sha256 == sha256), None
    )


def by_checkpoint_hash(sha256: str) -> Known | None:
    """Return the known model whose published checkpoint has this hash."""
    found = ((k, k.card.details.get("checkpoint")) for k in catalogue().values())
    return next((k for k, told in found if isinstance(told, dict) and told.get("sha256") == sha256), None)


def by_file_hashes(files: Mapping[str, CardFile]) -> Known | None:
    """Return the known model whose published files these are, byte for byte."""
    hashes = {file.sha256 for file in files.values()}
    return next(
        (k for k in catalogue().values() if k.files and hashes == {f.sha256 for f in k.card.files.values()}),
        None,
    )


def _read(path: Path) -> Known:
    card = parse_card(json.loads(path.read_bytes()), path)
    download: dict[str, Any] = card.details.get("download", {})
    archive = download.get("archive")
    files, told = download.get("files", {}), card.details.get("checkpoint")
    only = Checkpoint(**told) if told and not files and not archive else None
    return Known(card, files, Archive(**archive) if archive else None, only)
