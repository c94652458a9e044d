# SPDX-License-Identifier: GPL-3.0-or-later
"""`pull`: a model from its published source, a mirror, another address, or a folder, installed whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from maskwright_shared.errors import ModelError
from maskwright_shared.plain_text import plain
from maskwright_shared.version import VERSION

from ..models.card import Card, CardFile
from ..models.checkpoints.convert import WEIGHTS
from ..models.checkpoints.reading import ENDINGS
from ..models.checkpoints.templates import known_templates
from .archive import unpack
from .card_maker import UNKNOWN, checked_id, described_by_folder
from .catalogue import Archive, Checkpoint, Known, find
from .converting import check_md5, converted
from .download import Download, Wanted
from .hashing import sha256_of
from .inspection import Pair
from .network import Line, mirrored
from .outside import LARGEST_MODEL
from .pair_finder import find_pair
from .refusals import failed, no_room, tampered, unwritable
from .staging import Staging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .intake import Intake
    from .pins import Pins
    from .progress import Task

ZIPS = (".zip", ".dtmodel")
LONGEST_NAME = 100


@dataclass(frozen=True)
class Pull:
    """What is asked for: which model, from where (empty: its published source), with which environment."""

    model: str
    source: str = ""
    accept: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def known_or_new(pull: Pull) -> Known:
    """Return the known model, or for one of the user's own address one of which nothing is known.

    Raises:
        ModelError: `model.unknown`, `model.card`.
    """
    try:
        return find(pull.model)
    except ModelError:
        if not pull.source:
            raise
    name = checked_id(pull.model)
    card = Card(name, name, "", "", UNKNOWN, "", UNKNOWN, (), pull.source, {}, {})
    return Known(card, {}, None)


def check_accepted(known: Known, *, accept: bool) -> dict[str, Any] | None:
    """Return what is noted of the user's consent, None where no licence asks for it.

    Raises:
        ModelError: `model.licence`, with the restrictions, when they have not been accepted.
    """
    if not known.restrictions:
        return None
    if not accept:
        told = " ".join(known.restrictions)
        sentence = (
            f"{known.card.name}: licence of the weights {known.card.licence}. {told} "
            "Nothing was downloaded: pull it with --accept if that suits you."
        )
        raise ModelError("model.licence", sentence)
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "licence": known.card.licence,
        "restrictions": list(known.restrictions),
        "by": f"Maskwright {VERSION}",
    }


class Puller:
    """Gets the files of one model into a staging folder and hands them to the intake."""

    def __init__(self, pull: Pull, known: Known, staging: Staging, task: Task, pins: Pins) -> None:
        self._pull, self._known, self._staging, self._task, self._pins = pull, known, staging, task, pins
        self._done = 0
        self._total: int | None = None
        self._unvouched: list[Path] = []
        self._noted: dict[str, Any] = {}

    def run(self, intake: Intake, accepted: dict[str, Any] | None) -> Card:
        """Fetch, check and install; return the installed model's card.

        Raises:
            ModelError: what went wrong and what to do; the parts that have come are kept where that helps.
            Cancelled: when the task was withdrawn; the parts are kept.
        """
        try:
            return self._run(intake, accepted)
        except ModelError as error:
            if error.code == "model.refused":  # it came whole, and is no model: it must not be taken again
                for part in self._unvouched:
                    part.unlink(missing_ok=True)
            raise

    def _run(self, intake: Intake, accepted: dict[str, Any] | None) -> Card:
        self._staging.open()
        with Line(self._pull.environment, self._task.check) as line:
            pair, origin, pinned = self._fetch(line)
        card = self._known.card
        if not card.family and self._unpacked.is_dir():
            brought = described_by_folder(pair.root, card.id)
            card = Card(**{**vars(brought), "id": card.id, "files": {}})
        if self._noted:  # what is made here are other files than the published ones, maybe of another family
            card = replace(card, family="", files={})
        made = intake.install(
            self._staging, pair, card, origin, accepted=accepted,
            either_order=not card.family and not self._noted, pinned_on_first_download=pinned, **self._noted,
        )  # fmt: skip
        fetched = {name: file for name, file in made.files.items() if not self._noted or name == WEIGHTS}
        self._pins.note(card.id, {name: file.sha256 for name, file in fetched.items() if file.sha256})
        return made

    @property
    def _unpacked(self) -> Path:
        return self._staging.parts / "unpacked"

    def _fetch(self, line: Line) -> tuple[Pair, str, list[str]]:
        """Return the graphs in the staging's `files`, where they came from, and the files that nothing vouched for."""
        archive = self._archive()
        if archive is not None:
            return self._from_archive(line, archive)
        checkpoint = self._checkpoint()
        if checkpoint is not None:
            return self._from_checkpoint(line, checkpoint)
        return self._from_files(line)

    def _archive(self) -> Archive | None:
        """Return the archive to get: the published one, or the user's own address or file."""
        published, source = self._known.archive, self._pull.source
        if not source:
            return published
        if _path_of(source).lower().endswith(ZIPS):
            if published is not None:
                return Archive(source, published.sha256, published.size, published.members)
            return Archive(source, None, None, {})
        if published is None or _path_of(source).lower().endswith(ENDINGS):
            return None
        return Archive(
            _joined(source, _last(published.url)), published.sha256, published.size, published.members
        )

    def _checkpoint(self) -> Checkpoint | None:
        """Return the checkpoint to get: the published one, or the user's own address or file of one."""
        published, source = self._known.checkpoint, self._pull.source
        if _path_of(source).lower().endswith(ENDINGS):
            return replace(published, url=source) if published is not None else Checkpoint(source)
        if not source or published is None:
            return published
        return replace(published, url=_joined(source, _last(published.url)))

    def _from_checkpoint(self, line: Line, checkpoint: Checkpoint) -> tuple[Pair, str, list[str]]:
        card, name = self._known.card, _last(checkpoint.url)
        self._total = checkpoint.size
        sha256 = checkpoint.sha256 or self._pins.get(card.id, WEIGHTS)
        part = self._staging.parts / name
        self._get(line, Wanted(self._address(checkpoint.url), name, sha256, checkpoint.size), part)
        if checkpoint.md5 and not checkpoint.sha256:
            check_md5(part, checkpoint.md5, self._task)
        self._place(part, WEIGHTS, keep=True)
        expected = card.id if card.id in known_templates() else ""
        pair, self._noted = converted(self._staging.files, self._task, expected=expected, name=name)
        return pair, checkpoint.url, [] if checkpoint.sha256 else [WEIGHTS]

    def _from_archive(self, line: Line, archive: Archive) -> tuple[Pair, str, list[str]]:
        name = _last(archive.url)
        self._total = archive.size
        part = self._staging.parts / name
        self._get(line, Wanted(self._address(archive.url), name, archive.sha256, archive.size), part)
        shutil.rmtree(self._unpacked, ignore_errors=True)
        unpack(part, self._unpacked, self._staging.free, self._task)
        if archive.members and all((self._unpacked / inner).is_file() for inner in archive.members.values()):
            for target, inner in archive.members.items():
                self._place(self._unpacked / inner, target)
            pair = Pair(self._staging.files, "encoder.onnx", "decoder.onnx")
        else:
            pair = self._placed(find_pair(self._unpacked, self._task)[0])
        return pair, archive.url, [] if archive.sha256 else [pair.encoder, pair.decoder]

    def _placed(self, found: Pair) -> Pair:
        """Move the found pair's whole folder to `files`, so that external data stays beside its graph."""
        for path in sorted(found.root.rglob("*")):
            if path.is_file():
                self._place(path, path.relative_to(found.root).as_posix())
        return Pair(self._staging.files, found.encoder, found.decoder)

    def _from_files(self, line: Line) -> tuple[Pair, str, list[str]]:
        addresses = self._addresses()
        files = self._known.card.files
        sizes = [files[name].size if name in files else None for name in addresses]
        self._total = sum(size or 0 for size in sizes) if all(size is not None for size in sizes) else None
        self._check_room()
        for name, url in addresses.items():
            expected = files.get(name, CardFile(None, None))
            sha256 = expected.sha256 or self._pins.get(self._known.card.id, name)
            part = self._staging.parts / name.replace("/", "__")
            self._get(line, Wanted(self._address(url), name, sha256, expected.size), part)
            self._place(part, name, keep=True)
        decoder = _decoder_of(addresses)
        encoder = next(name for name in addresses if name.endswith(".onnx") and name != decoder)
        pinned = [name for name in addresses if name not in files or files[name].sha256 is None]
        return Pair(self._staging.files, encoder, decoder), self._pull.source or _site(addresses), pinned

    def _addresses(self) -> dict[str, str]:
        """Return the address of every file by its path in the model's folder."""
        published, source = self._known.files, self._pull.source
        if not source:
            return dict(published)
        names = list(published) or ["encoder.onnx", "decoder.onnx"]
        return {name: _joined(source, name, _last(published.get(name, name))) for name in names}

    def _address(self, url: str) -> str:
        return mirrored(url, self._pull.environment)

    def _check_room(self) -> None:
        if self._total is None:
            return
        have = sum(path.stat().st_size for path in self._staging.parts.iterdir() if path.is_file())
        if self._total - have > self._staging.free:
            raise no_room(self._total - have, self._staging.free, self._known.card.name)

    def _get(self, line: Line, wanted: Wanted, part: Path) -> None:
        """Have the whole file in `part`, from the network or from a folder of the user's."""
        if "://" not in wanted.url:
            self._copy(wanted, part)
        else:
            Download(line, wanted, part, self._task, lambda: self._staging.free, self._moved).run()
        self._done += part.stat().st_size
        if wanted.sha256 is None:
            self._unvouched.append(part)

    def _moved(self, done: int, total: int | None) -> None:
        overall = self._total if self._total is not None else (self._done + total if total else None)
        self._task.stage("downloading", self._done + done, overall)

    def _copy(self, wanted: Wanted, part: Path) -> None:
        source = Path(wanted.url).expanduser()
        if not source.is_file():
            raise failed(f"There is no file {source}: name the folder or address that holds {wanted.name}.")
        size = source.stat().st_size
        if size > (LARGEST_MODEL if wanted.size is None else wanted.size):
            raise tampered(f"{source} has {size} bytes, more than {wanted.name} can have.")
        if size > self._staging.free:
            raise no_room(size, self._staging.free, wanted.name)
        copy_file(source, part, self._task)
        if wanted.sha256 not in (None, sha256_of(part, self._task)):
            part.unlink()
            raise tampered(f"{source} is not the published file (its SHA-256 is another).")

    def _place(self, source: Path, name: str, *, keep: bool = False) -> None:
        """Put a file to its place in `files`; with `keep` the part stays for another try, at no cost where it can."""
        target = self._staging.files / PurePosixPath(name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if keep:
                _link_or_copy(source, target)
            else:
                source.replace(target)
        except OSError as error:
            raise unwritable(error, name) from error


def copy_file(source: Path, target: Path, task: Task) -> None:
    """Copy one file with progress.

    Raises:
        ModelError: `model.disk`.
    """
    done, total = 0, source.stat().st_size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as old, target.open("wb") as new:
            while chunk := old.read(1 << 20):
                new.write(chunk)
                done += len(chunk)
                task.stage("copying", done, total)
    except OSError as error:
        raise unwritable(error, source.name) from error


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _decoder_of(names: Mapping[str, str]) -> str:
    return next(name for name in names if name.endswith(".onnx") and "decoder" in PurePosixPath(name).name)


def _last(url: str) -> str:
    return plain(PurePosixPath(unquote(_path_of(url))).name)[-LONGEST_NAME:]


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError as error:
        raise failed(f"{url} is no address that can be used.", str(error)) from error


def _site(addresses: Mapping[str, str]) -> str:
    return next(iter(addresses.values()))


def _joined(source: str, *names: str) -> str:
    """Return the address of a file under the user's address; in a folder, the first of the names that is there."""
    if "://" in source:
        return f"{source.rstrip('/')}/{names[0]}"
    folder = Path(source).expanduser()
    if folder.is_file():
        return str(folder)
    tried = [folder / name for name in (*names, *(PurePosixPath(name).name for name in names))]
    return str(next((path for path in tried if path.is_file()), folder / names[0]))
