# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a model's files before they are trusted: what they need from outside, their tensors, a trial run."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .graph_facts import read_facts
from .helper import COMMAND, HelperFailure, ask
from .outside import LARGEST_GRAPH, LARGEST_MODEL, check_pointer
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


def needed_files(pair: Pair, task: Task) -> tuple[str, ...]:
    """Return both graphs and their external data files, checked to be plain and whole files inside the folder.

    Raises:
        ModelError: `model.refused`, for links, files outside, files that are missing, cut short or too large, and
            custom operators.
    """
    found: list[str] = []
    for name in (pair.encoder, pair.decoder):
        found += [name, *_needed_by(pair.root, name, task)]
    names = tuple(dict.fromkeys(found))
    size = sum((pair.root / name).stat().st_size for name in names)
    if size > LARGEST_MODEL:
        raise refused(
            f"it has {size / 1e9:.0f} GB, and no model here has more than {LARGEST_MODEL / 1e9:.0f}"
        )
    return names


def _needed_by(root: Path, name: str, task: Task) -> list[str]:
    """Return the external data files of one graph."""
    size = _check_plain(root, name)
    if size > LARGEST_GRAPH:
        raise refused(
            f"{name} has {size / 1e9:.1f} GB, and an ONNX file ends at 2: its weights belong beside it"
        )
    facts = read_facts(root / name, task.check)
    if facts.custom_domains:
        domains = ", ".join(sorted(facts.custom_domains))
        raise refused(f"{name} holds custom operators ({domains}), which would need a library of their own")
    found = []
    for location, wanted in sorted(facts.external.items()):
        inner = (PurePosixPath(name).parent / location).as_posix() if location else ""
        if not location or _leaves(location):
            raise refused(f"{name} wants data from '{location}', which is outside its folder")
        there = _check_plain(root, inner)
        if there < wanted:
            raise refused(
                f"{inner} has {there} bytes, and {name} wants {wanted} of it: it was cut short, get it again"
            )
        found.append(inner)
    return found


def _leaves(location: str) -> bool:
    inner = PurePosixPath(location)
    return inner.is_absolute() or ".." in inner.parts or "\\" in location or ":" in location


def _check_plain(root: Path, name: str) -> int:
    """Return the size of a file; refuse one that is missing, no file, or that a link stands for on the way."""
    path = root
    for part in PurePosixPath(name).parts:
        path = path / part
        try:
            mode = path.lstat().st_mode
        except (OSError, ValueError) as error:
            raise refused(f"{name} is missing") from error
        if stat.S_ISLNK(mode):
            raise refused(f"{name} is a symbolic link: bring the file itself")
    if not path.is_file():
        raise refused(f"{name} is not a file")
    try:
        check_pointer(path, name)
    except OSError as error:
        raise refused(f"{name} cannot be read ({error.strerror or error})") from error
    return path.stat().st_size


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
        told = str(answer["error"]).replace(f"{pair.root}{os.sep}", "").rstrip(".")
        raise refused(f"its check failed: {told}", str(answer.get("detail", "")))
    found = str(answer["family"])
    if family is not None and found != family:
        raise refused(f"its tensors are those of the family {found}, and its card says {family}")
    return found, Pair(pair.root, pair.decoder, pair.encoder) if answer["swapped"] else pair
