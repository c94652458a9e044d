# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloading one file of the package index: taken up again where it broke off, and checked by its hash."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
from pathlib import Path
from typing import Any

from .index import Link, PackageIndex
from .problems import NO_NETWORK, SetupError, explained_os
from .task import Task

_PIECE = 64 << 10
_ATTEMPTS = 4


def download(index: PackageIndex, link: Link, folder: Path, task: Task) -> Path:
    """Return the path of the file in `folder`, downloaded unless a right one is there already.

    A part of it that an earlier attempt left is continued.

    Raises:
        SetupError: no network, no hash to check against, a wrong hash, a full disk.
    """
    if not link.sha256:
        raise SetupError(f"The package index gives no SHA-256 for {link.name}: use another index.")
    path = folder / link.name
    part = folder / f"{link.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_file() and _sha256(path) == link.sha256:
            return path
        _fetch(index, link, part, task)
        if _sha256(part) != link.sha256:
            part.unlink()
            raise SetupError(
                f"{link.name} arrived damaged: start the setup again, and if it stays so, ask who runs the index."
            )
        part.replace(path)
    except OSError as error:
        raise explained_os(error, f"store {path}") from error
    return path


def _fetch(index: PackageIndex, link: Link, part: Path, task: Task) -> None:
    """Download into `part`, continuing after each break; give up when several attempts brought nothing."""
    trouble = ""
    idle = 0
    while idle < _ATTEMPTS:
        before = _size(part)
        try:
            if _continue(index, link, part, task):
                return
        except urllib.error.HTTPError as error:
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is there; its hash will tell
            trouble = str(error)
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            trouble = str(error)
        idle = 0 if _size(part) > before else idle + 1
        task.check()
    raise SetupError(NO_NETWORK, f"{link.name}: {trouble}")


def _continue(index: PackageIndex, link: Link, part: Path, task: Task) -> bool:
    """Ask for what is missing and append it; return whether the server sent all that it announced."""
    start = _size(part)
    with index.open(link.url, {"Range": f"bytes={start}-"} if start else {}) as answer:
        resumed = getattr(answer, "status", None) == http.client.PARTIAL_CONTENT
        start = start if resumed else 0
        announced = answer.headers.get("Content-Length")
        total = start + int(announced) if announced else None
        with part.open("ab" if resumed else "wb") as file:
            while True:
                piece = _read(answer)
                file.write(piece)
                start += len(piece)
                task.say(f"Downloading {link.name.partition('-')[0]}", start / total if total else 0.0)
                if not piece:
                    return total is None or start >= total


def _read(answer: Any) -> bytes:
    """Return the next piece; what a broken transfer brought before it broke is not lost."""
    try:
        piece: bytes = answer.read(_PIECE)
    except http.client.IncompleteRead as error:
        return error.partial
    return piece


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()
