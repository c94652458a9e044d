# SPDX-License-Identifier: GPL-3.0-or-later
"""`import`: a model that the user has already, as a folder, a .dtmodel, a zip, or two ONNX files."""

from __future__ import annotations

import secrets
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..models.card import Card
from ..models.checkpoints.convert import WEIGHTS
from ..models.checkpoints.reading import is_checkpoint
from . import catalogue
from .archive import MOST_BYTES, unpack
from .card_maker import UNKNOWN, checked_id, described_by_folder
from .converting import converted
from .hashing import sha256_of
from .inspection import Pair, needed_files
from .outside import check_pointer, check_source
from .pair_finder import find_pair, pair_of_files
from .pulling import copy_file
from .refusals import exists, no_room, refused
from .staging import IMPORT, Staging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .intake import Intake
    from .progress import Task


HEAD = 64
"""Bytes at a checkpoint's start that tell its kind; a file of zeros is of none."""


class Importer:
    """Brings one model in; with `link` its files stay where they are, and only the card is made."""

    def __init__(self, models: Path, task: Task, taken: frozenset[str]) -> None:
        self._models, self._task, self._taken = models, task, taken

    def run(self, paths: Sequence[Path], model_id: str, intake: Intake, *, link: bool) -> Card:
        """Check and install; return the installed model's card.

        Raises:
            ModelError: `model.refused`, `model.tampered`, `model.exists`, `model.disk`, `model.card`.
        """
        sources = [_at_home(path) for path in paths]
        for path in sources:
            check_source(path)
        staging = Staging(self._models, f"{IMPORT}-{secrets.token_hex(4)}")
        try:
            return self._bring(staging, sources, model_id, intake, link=link)
        finally:
            staging.discard()

    def _bring(
        self, staging: Staging, sources: list[Path], model_id: str, intake: Intake, *, link: bool
    ) -> Card:
        staging.open()
        name = sources[0].stem if sources[0].is_file() else sources[0].name
        packed = len(sources) == 1 and sources[0].is_file()
        if link and packed:
            raise refused(
                "what is packed in one file cannot be linked: unpack it first, or import it without --link"
            )
        if packed:
            _check_package(sources[0], staging.free)
        card = self._published(sources[0]) if packed else None
        details: dict[str, Any] = {}
        if packed and is_checkpoint(sources[0]):
            copy_file(sources[0], staging.files / WEIGHTS, self._task)
            pair, details = converted(staging.files, self._task, name=sources[0].name)
            open_order, card = False, replace(card, family="", files={}) if card else None
        else:
            pair, open_order = self._pair(staging, sources)
        card = card or described_by_folder(pair.root, name)
        card = replace(card, id=self._free_id(model_id or card.id))
        details |= {"linked": str(pair.root)} if link else {}
        if card.licence == UNKNOWN and (like := catalogue.named_like(card.id)):
            details["named_like"] = (
                f"{like}: its card may apply, but the bytes are not those that are published"
            )
        if not link and pair.root != staging.files:
            pair = self._copied(staging, pair)
        came_from = str(sources[0])
        either_order = "architecture" not in details and (open_order or not card.family)
        return intake.install(
            staging, pair, card, came_from, either_order=either_order, fresh=True, **details
        )

    def _published(self, path: Path) -> Card | None:
        """Return the card of the known model whose published package this file is, byte for byte."""
        found = sha256_of(path, self._task)
        known = catalogue.by_archive_hash(found) or catalogue.by_checkpoint_hash(found)
        return known.card if known is not None else None

    def _pair(self, staging: Staging, sources: list[Path]) -> tuple[Pair, bool]:
        if len(sources) == 2:
            return pair_of_files(*sources), True
        if sources[0].is_dir():
            return find_pair(sources[0], self._task)
        unpacked = staging.parts / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(sources[0], unpacked, staging.free, self._task)
        return find_pair(unpacked, self._task)

    def _copied(self, staging: Staging, pair: Pair) -> Pair:
        """Copy what the graphs need, and nothing else, to the staging's `files`."""
        needed = needed_files(pair, self._task)
        size = sum((pair.root / name).stat().st_size for name in needed)
        if size > staging.free:
            raise no_room(size, staging.free, "the copy of the model")
        for name in needed:
            copy_file(pair.root / name, staging.files / name, self._task)
        return Pair(staging.files, pair.encoder, pair.decoder)

    def _free_id(self, model_id: str) -> str:
        chosen = checked_id(model_id)
        if chosen in self._taken:
            raise exists(chosen)
        return chosen


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise refused(f"there is no home folder for {path}") from error


def _check_package(path: Path, free: int) -> None:
    """Refuse a single file that is no package by its size, its start and its end, before all of it is read."""
    check_pointer(path, path.name)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise refused(
            f"{path.name} has {size / 1e9:.0f} GB, and a package has at most {MOST_BYTES / 1e9:.0f}"
        )
    if is_checkpoint(path):
        if size > free:
            raise no_room(size, free, "the copy of the checkpoint")
        with path.open("rb") as stream:
            if not stream.read(HEAD).strip(b"\0"):
                raise refused(f"{path.name} is neither a checkpoint of PyTorch nor of safetensors")
        return
    if not zipfile.is_zipfile(path):
        raise refused(
            f"{path.name} is neither a folder nor a zip; two ONNX files are given one after the other"
        )
