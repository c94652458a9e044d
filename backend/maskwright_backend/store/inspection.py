# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a model's files before they are trusted: what they need from outside, their tensors, a trial run."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .graph_facts import read_facts
from .helper import COMMAND, HelperFailure, ask
from .refusals import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .progress import Task

TRIAL_SECONDS = 600.0


@dataclass(frozen=True)
class Pair:
    """Two graphs in a folder, by their paths inside it with forward slashes."""

    root: Path
    encoder: str
    decoder: str

    @property
    def paths(self) -> tuple[Path, Path]:
        """The paths of both."""
        return self.root / self.encoder, self.root / self.decoder


def needed_files(pair: Pair) -> tuple[str, ...]:
    """Return both graphs and their external data files, checked to be plain files inside the folder.

    Raises:
        ModelError: `model.refused`, for links, files outside, files that are missing, and custom operators.
    """
    found: list[str] = []
    for name in (pair.encoder, pair.decoder):
        _check_plain(pair.root, name)
        facts = read_facts(pair.root / name)
        if facts.custom_domains:
            domains = ", ".join(sorted(facts.custom_domains))
            raise refused(
                f"{name} holds custom operators ({domains}), which would need a library of their own"
            )
        found.append(name)
        for location in sorted(facts.external):
            inner = (PurePosixPath(name).parent / location).as_posix() if location else ""
            if not location or _leaves(location):
                raise refused(f"{name} wants data from '{location}', which is outside its folder")
            _check_plain(pair.root, inner)
            found.append(inner)
    return tuple(dict.fromkeys(found))


def _leaves(location: str) -> bool:
    inner = PurePosixPath(location)
    return inner.is_absolute() or ".." in inner.parts or "\\" in location or ":" in location


def _check_plain(root: Path, name: str) -> None:
    """Refuse a file that is missing, or that a link stands for somewhere on the way."""
    path = root
    for part in PurePosixPath(name).parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise refused(f"{name} is missing") from error
        if stat.S_ISLNK(mode):
            raise refused(f"{name} is a symbolic link: bring the file itself")
    if not path.is_file():
        raise refused(f"{name} is not a file")


def try_out(
    pair: Pair,
    task: Task,
    threads: int,
    *,
    family: str | None = None,
    either_order: bool = False,
    command: Sequence[str] = COMMAND,
) -> tuple[str, Pair]:
    """Return the family that the pair's tensors show, and the pair in its right order, after one run of both graphs.

    Raises:
        ModelError: `model.refused` when they are no known model, are not of `family`, or fail in the trial run.
    """
    encoder, decoder = map(str, pair.paths)
    request = {
        "do": "recognise", "encoder": encoder, "decoder": decoder, "threads": threads, "either_order": either_order
    }  # fmt: skip
    task.stage("trying")
    try:
        answer = ask(request, task, TRIAL_SECONDS, command)
    except HelperFailure as failure:
        raise refused(f"in its trial run {failure.reason}", failure.detail) from failure
    if "error" in answer:
        raise refused(f"its check failed: {str(answer['error']).rstrip('.')}", str(answer.get("detail", "")))
    found = str(answer["family"])
    if family is not None and found != family:
        raise refused(f"its tensors are those of the family {found}, and its card says {family}")
    return found, Pair(pair.root, pair.decoder, pair.encoder) if answer["swapped"] else pair
