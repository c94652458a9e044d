# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking a zip or .dtmodel from a stranger: only plain files, only inside, only as large as they may be."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .refusals import no_room, refused, unwritable

if TYPE_CHECKING:
    from .progress import Task

MOST_FILES = 256
MOST_BYTES = 16 << 30
WORST_RATIO = 200
"""Weights do not compress to less than a few per cent; what does is made to fill a disk."""
_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, ValueError
)  # fmt: skip
_SYMLINK_HOST = 3  # unix, whose file modes the upper half of external_attr holds


def unpack(path: Path, target: Path, free: int, task: Task) -> None:
    """Unpack a zip into the folder `target`, which is made.

    Raises:
        ModelError: `model.refused` with the reason, `model.disk`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(archive, path.stat().st_size)
            total = sum(member.file_size for member in members)
            if total > free:
                raise no_room(total, free, f"the contents of {path.name}")
            done = 0
            for member in members:
                done = _extract(archive, member, target, task, done, total)
    except _DAMAGED as error:
        raise refused(f"{path.name} is not a zip that can be read", str(error)) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise refused(f"{path.name} is locked with a password", str(error)) from error


def _checked(archive: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(archive.infolist()) > MOST_FILES:
        raise refused(f"it holds {len(archive.infolist())} files, and a model has a handful")
    seen: set[str] = set()
    for member in members:
        _check_member(member)
        folded = member.filename.casefold()
        if folded in seen:
            raise refused(f"it holds '{member.filename}' twice")
        seen.add(folded)
    total, packed = (sum(getattr(m, name) for m in members) for name in ("file_size", "compress_size"))
    if total > MOST_BYTES or total > WORST_RATIO * max(packed, 1 << 16):
        raise refused(f"it would unpack to {total / 1e9:.1f} GB, which no honest package does")
    if packed > size:
        raise refused("its files lie over one another, as no honest package's do")
    return members


def _check_member(member: zipfile.ZipInfo) -> None:
    name, inner = member.filename, PurePosixPath(member.filename)
    if (
        inner.is_absolute()
        or ".." in inner.parts
        or "\\" in name
        or ":" in name
        or "\0" in name
        or not inner.parts
    ):
        raise refused(f"it holds '{name}', which would be written outside its folder")
    if member.compress_type not in _METHODS:
        raise refused(f"it holds '{name}', packed by a method that zip files seldom have")
    mode = member.external_attr >> 16
    if member.create_system == _SYMLINK_HOST and mode and not (stat.S_ISREG(mode) or stat.S_IFMT(mode) == 0):
        raise refused(f"it holds '{name}', which is a link or a device, not a file")


def _extract(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, task: Task, done: int, total: int
) -> int:
    """Write one member, and never more bytes than it said; return the bytes done."""
    path, left = target / member.filename, member.file_size
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, path.open("xb") as out:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise refused(f"'{member.filename}' is larger than it says")
                out.write(chunk)
                done += len(chunk)
                task.stage("unpacking", done, total)
    except OSError as error:
        raise unwritable(error, member.filename) from error
    return done
