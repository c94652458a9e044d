# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's files, looked at before a byte is read: plain ones alone, and no more than a model can have."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from .refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .progress import Task

DEEPEST = 3
MOST_ENTRIES = 10_000
"""What a folder may hold in all, so that nobody waits for a whole disk to be looked through."""

LARGEST_GRAPH = 2 << 30
"""Protocol buffers end at 2 GiB; the weights of larger models lie beside the graph."""

LARGEST_MODEL = 16 << 30
_LFS = b"version https://git-lfs.github.com/spec/"
_KINDS = {
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


def check_source(path: Path) -> None:
    """Refuse what is not there, is neither a file nor a folder, or cannot be read.

    Raises:
        ModelError: `model.refused` with the reason.
    """
    try:
        mode = path.stat().st_mode
        _check_kind(str(path), mode)
        os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except FileNotFoundError as error:
        raise refused(f"there is no file or folder {path}") from error
    except OSError as error:
        if os.name == "nt" and path.is_dir():
            return  # Windows opens no folder so
        raise refused(f"{path} cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise refused(f"{str(path)!r} is no name that a file can have") from error


def _check_kind(name: str, mode: int) -> None:
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        raise refused(f"{name} is {kind}, not a file")


def files_of(root: Path, task: Task) -> list[Path]:
    """Return the files in a folder and its subfolders, three levels deep, in the order of their names.

    Links to folders are not followed.

    Raises:
        ModelError: `model.refused` for a folder with a device, a pipe or a socket in it, or with too many files.
        Cancelled: when the task was withdrawn.
    """
    found: list[Path] = []
    for count, entry in enumerate(_entries(root, root, 1), 1):
        task.check()
        if count > MOST_ENTRIES:
            raise refused(f"{root} holds more than {MOST_ENTRIES:,} files, and a model has a handful")
        if not entry.is_dir():
            found.append(entry)
    return sorted(found)


def _entries(root: Path, folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as listing:
            for entry in listing:
                path = folder / entry.name
                _check_kind(path.relative_to(root).as_posix(), entry.stat(follow_symlinks=False).st_mode)
                yield path
                if depth < DEEPEST and entry.is_dir(follow_symlinks=False):
                    yield from _entries(root, path, depth + 1)
    except OSError as error:
        raise refused(f"{folder} cannot be read ({error.strerror or error})") from error


def named(folder: Path, name: str) -> Path:
    """Return the file of that name in a folder, written in whatever mix of small and capital letters."""
    exact = folder / name
    if exact.exists():
        return exact
    try:
        return next((path for path in folder.iterdir() if path.name.lower() == name.lower()), exact)
    except OSError:
        return exact


def check_pointer(path: Path, name: str) -> None:
    """Refuse what stands for a file in a repository that keeps its large ones elsewhere."""
    with path.open("rb") as stream:
        if stream.read(len(_LFS)) == _LFS:
            raise refused(
                f"{name} is a pointer of Git LFS, not the file itself: get that with 'git lfs pull', or download it"
            )
