# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made of a decoder on this machine, kept for its next start.

A folder for each decoder's content, ONNX Runtime's version and this code's recipe: two graphs and a list of their
hashes, or the list alone where cutting brought nothing. Anything that does not fit is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
from typing import TYPE_CHECKING, Any

from .runtime import onnx_runtime
from .splitting import Split

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = 2
"""Counted up when the way graphs are prepared changes."""

MOST_BYTES = 256 << 20
_LIST, _PARTS = "prepared.json", ("prelude.onnx", "click.onnx")


class Prepared:
    """The kept halves of one decoder for prompts with a mask, or without.

    `graph` is what is cut, by default the file at `path` itself.
    """

    def __init__(self, folder: Path, path: Path, graph: bytes | None, *, masked: bool) -> None:
        self._path = path
        self._masked = masked
        self._graph = graph
        self._folder = folder / self._key()
        self._list = self._read_list()

    @property
    def is_there(self) -> bool:
        """Whether it is known what becomes of this decoder."""
        return self._list is not None

    def source(self) -> bytes | None:
        """Return the graph that is to be cut; None for one that is too large to be held in memory twice."""
        if self._graph is None and self._path.stat().st_size <= MOST_BYTES:
            self._graph = self._path.read_bytes()
        return self._graph

    def read(self) -> Split | None:
        """Return the halves; None where there is nothing to cut."""
        if not self._list or not self._list["frontier"]:
            return None
        prelude, click = ((self._folder / name).read_bytes() for name in _PARTS)
        return Split(prelude, click, tuple(self._list["frontier"]))

    def write(self, cut: Split | None) -> None:
        """Keep the halves, or that there are none; a folder that cannot be written is left as it is."""
        parts = {} if cut is None else dict(zip(_PARTS, (cut.prelude, cut.click), strict=True))
        noted = {
            "frontier": [] if cut is None else list(cut.frontier),
            "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()},
        }
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, data in parts.items():
                _write(self._folder / name, data)
            _write(self._folder / _LIST, json.dumps(noted).encode())  # last: what it names is there

    def _read_list(self) -> dict[str, Any] | None:
        try:
            noted: dict[str, Any] = json.loads((self._folder / _LIST).read_bytes())
            whole = all(
                hashlib.sha256((self._folder / name).read_bytes()).hexdigest() == noted["sha256"][name]
                for name in (_PARTS if noted["frontier"] else ())
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return noted if whole else None

    def _key(self) -> str:
        digest = hashlib.sha256(self._graph) if self._graph is not None else _digest(self._path)
        digest.update(f"{RECIPE} {self._masked} {onnx_runtime().__version__} {platform.machine()}".encode())
        return digest.hexdigest()[:32]


def forget_prepared(folder: Path) -> None:
    """Remove everything that was prepared, so that it is made and checked anew."""
    shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path) -> Any:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _write(path: Path, data: bytes) -> None:
    """Write a file that others see whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
