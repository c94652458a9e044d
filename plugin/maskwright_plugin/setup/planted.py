# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that somebody put into folders of ours: what lies behind them is not ours to remove."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path


def leads_elsewhere(path: Path, base: Path) -> bool:
    """Whether `path`, or a folder between it and `base`, is a symbolic link; `base` itself may be one."""
    below = [path, *path.parents]
    return any(one.is_symlink() for one in below[: below.index(base)]) if base in below else True


def remove_tree(folder: Path, base: Path) -> None:
    """Remove a folder below `base` as far as that is possible, unless a link leads to it."""
    if not leads_elsewhere(folder, base):
        shutil.rmtree(folder, ignore_errors=True)


def remove_file(path: Path, base: Path) -> None:
    """Remove a file below `base`, or the link that stands for it, if it is there; never one behind a linked folder."""
    if path.parent == base or not leads_elsewhere(path.parent, base):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, PermissionError):
            path.unlink()


def remove_empty(folder: Path, base: Path) -> None:
    """Remove a folder at or below `base` if nothing is in it."""
    if folder == base or not leads_elsewhere(folder, base):
        with contextlib.suppress(OSError):  # not empty, or not there
            folder.rmdir()
