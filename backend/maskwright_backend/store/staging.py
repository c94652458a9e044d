# SPDX-License-Identifier: GPL-3.0-or-later
"""A model on its way in: a dot folder beside the models, which nothing takes for a model, renamed in at the end."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import threading
from typing import TYPE_CHECKING, Any

from .refusals import exists, refused, unwritable

if TYPE_CHECKING:
    from pathlib import Path

    from ..models.card import Card

INCOMING, OUTGOING = ".incoming-", ".outgoing-"
ACCEPTED = "accepted.json"
IMPORT = "~import"
"""What no model can be called: the name of imports on their way, of which none goes on later."""

_renaming = threading.Lock()


class Staging:
    """The folder of one model on its way in; `parts` survive a failure, so that the next try goes on."""

    def __init__(self, models: Path, model_id: str) -> None:
        self._models = models
        self.folder = models / f"{INCOMING}{model_id}"
        self.parts = self.folder / "parts"
        self.files = self.folder / "files"

    def open(self) -> None:
        """Make the folder, with no files in it.

        Raises:
            ModelError: `model.disk` when it cannot be.
        """
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.files, ignore_errors=True)
            self.files.mkdir()
        except OSError as error:
            raise unwritable(error, f"The folder {self._models}") from error

    @property
    def free(self) -> int:
        """The free bytes of the disk."""
        return shutil.disk_usage(self.folder).free

    def install(self, card: Card, accepted: dict[str, Any] | None, *, fresh: bool = False) -> Path:
        """Write the card last of all and rename the folder in; what had its place goes, unless it must be `fresh`.

        Raises:
            ModelError: `model.disk`, `model.exists`.
        """
        with _renaming:
            return self._install(card, accepted, fresh=fresh)

    def _install(self, card: Card, accepted: dict[str, Any] | None, *, fresh: bool) -> Path:
        target = self._models / card.id
        if fresh and target.exists():  # another one came in meanwhile
            raise exists(card.id)
        try:
            if accepted is not None:
                _write(self.files / ACCEPTED, accepted)
            _write(self.files / "card.json", card.to_json())
            replace_folder(self.files, target)
        except OSError as error:
            raise unwritable(error, f"The folder {target}") from error
        self.discard()
        return target

    def discard(self) -> None:
        """Remove the folder with all that has come."""
        shutil.rmtree(self.folder, ignore_errors=True)


def replace_folder(source: Path, target: Path) -> None:
    """Rename `source` to `target`; what lay there is moved aside first and then removed."""
    if target.exists() and not (target / "card.json").is_file() and any(target.iterdir()):
        raise refused(f"the folder {target} holds something that is no model: move it away")
    aside = None
    if target.exists():
        aside = target.with_name(f"{OUTGOING}{target.name}-{secrets.token_hex(4)}")
        target.rename(aside)
    try:
        source.rename(target)
    except OSError:
        if aside is not None:
            aside.rename(target)
        raise
    _sync(target.parent)
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)


def recover(models: Path) -> None:
    """Finish what a crash between two renames left: put an old model back, or remove what was on its way out."""
    with contextlib.suppress(OSError):
        for left in models.glob(f"{INCOMING}{IMPORT}*"):
            shutil.rmtree(left, ignore_errors=True)
        for aside in models.glob(f"{OUTGOING}*"):
            target = models / aside.name.removeprefix(OUTGOING).rpartition("-")[0]
            if not target.exists() and (aside / "card.json").is_file():
                aside.rename(target)
            else:
                shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, fields: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        json.dump(fields, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Have the rename reach the disk, where a folder can be synchronised at all."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begun(models: Path) -> dict[str, int]:
    """Return by model how many bytes of a download lie in its staging folder."""
    found = {}
    for folder in models.glob(f"{INCOMING}*/parts"):
        with contextlib.suppress(OSError):  # it may be installed, and its folder gone, while this looks
            found[folder.parent.name.removeprefix(INCOMING)] = sum(
                part.stat().st_size for part in folder.rglob("*") if part.is_file() and part.suffix != ".json"
            )
    return found
