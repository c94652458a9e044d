# SPDX-License-Identifier: GPL-3.0-or-later
"""`verify`: whether an installed model's files are still what its card says, and still run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..models.registry import root_of
from .hashing import sha256_of
from .helper import COMMAND
from .inspection import Pair, needed_files, try_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..models.registry import Entry
    from .progress import Task


def verify(entry: Entry, task: Task, threads: int, command: Sequence[str] = COMMAND) -> dict[str, Any]:
    """Return `id`, `ok`, the `problems` as sentences, and the files whose hash nobody knows (`unknown`).

    Raises:
        Cancelled: when the task was withdrawn.
    """
    if entry.card is None or entry.model is None:
        return {"id": entry.id, "ok": False, "problems": [entry.reason], "unknown": []}
    root = root_of(entry.folder, entry.card)
    problems, unknown = [], []
    for name, file in entry.card.files.items():
        if file.sha256 is None:
            unknown.append(name)
        elif _hash_of(root / name, task) != file.sha256:
            problems.append(f"{name} is not the file that was installed: install the model again.")
    if not problems:
        try:
            encoder, decoder = (path.relative_to(root).as_posix() for path in entry.model.paths)
            needed_files(Pair(root, encoder, decoder), task)
            try_out(Pair(root, encoder, decoder), task, threads, family=entry.card.family, command=command)
        except ModelError as error:
            problems.append(error.message.replace(" Nothing was installed.", ""))
    return {"id": entry.id, "ok": not problems, "problems": problems, "unknown": unknown}


def _hash_of(path: Path, task: Task) -> str | None:
    """Return a file's hash, None for one that went away or cannot be read."""
    try:
        return sha256_of(path, task)
    except OSError:
        return None
