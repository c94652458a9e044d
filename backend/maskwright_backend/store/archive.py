# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking a zip or .dtmodel from a stranger: only plain files, only inside, only as large as they may be."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maskwright_shared.plain_text import plain

from .refusals import no_room, refused, unwritable

if TYPE_CHECKING:
    from .progress import Task

MOST_FILES = 256
MOST_BYTES = 16 << 30
WORST_RATIO = 200
"""Weights do not compress to less than a few per cent; what does is made to fill a disk."""
MOST_DIRECTORY = 1 << 20
LONGEST_NAME = 255
_END_MARK, _END_BYTES = b"PK\x05\x06", 22 + 65535
_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, ValueError, struct.error,
    IndexError, OverflowError
)  # fmt: skip
_SYMLINK_HOST = 3  # unix, whose file modes the upper half of external_attr holds


def unpack(path: Path, target: Path, free: int, task: Task) -> None:
    """Unpack a zip into the folder `target`, which is made.

    Raises:
        ModelError: `model.refused` with the reason, `model.disk`.
    """
    try:
        _check_directory(path)
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


def _check_directory(path: Path) -> None:
    """Refuse a list of contents that is too long, before it is read: 256 files need a few kilobytes of it.

    The length stands 12 bytes into the record that ends a zip (PKWARE's APPNOTE, 4.3.16).
    """
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _END_BYTES))
        tail = stream.read()
    at = tail.rfind(_END_MARK)
    length = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if length > MOST_DIRECTORY:
        raise refused(f"{path.name} lists far more files than a model has")


def _checked(archive: zipfile.ZipFile, size: int) -> list[zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MOST_FILES:
        raise refused(f"it holds {len(listed)} files, and a model has a handful")
    if not all(member.filename for member in listed):
        raise refused("it holds a file without a name")
    members = [member for member in listed if not member.is_dir()]
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
    if plain(name) != name or any(len(part.encode()) > LONGEST_NAME for part in inner.parts):
        raise refused(f"it holds '{name[:100]}', a name that no file of a model has")
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
