# SPDX-License-Identifier: GPL-3.0-or-later
"""Which two graphs of a folder are the encoder and the decoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..models.registry import LAYOUTS
from .inspection import Pair
from .outside import files_of
from .refusals import refused

if TYPE_CHECKING:
    from .progress import Task


def find_pair(root: Path, task: Task) -> tuple[Pair, bool]:
    """Return the two graphs, and whether it is open which is which, so that their tensors must tell.

    The names of a known layout are looked for first, in the folder itself and in its only subfolder (as a
    .dtmodel has it); then names with "encoder" and "decoder" in them; then any two ONNX files.

    Raises:
        ModelError: `model.refused`, with what was found instead.
        Cancelled: when the task was withdrawn.
    """
    files = files_of(root, task)
    for folder in (root, *_only_subfolder(root, files)):
        for encoder, decoder in LAYOUTS:
            if (folder / encoder).is_file() and (folder / decoder).is_file():
                return Pair(folder, encoder, decoder), False
    graphs = [path for path in files if path.suffix.lower() == ".onnx" and not path.name.startswith(".")]
    named = [[path for path in graphs if word in path.name.lower()] for word in ("encoder", "decoder")]
    encoders = [path for path in named[0] if path not in named[1]]
    if len(encoders) == 1 and len(named[1]) == 1:
        return _pair(encoders[0], named[1][0]), False
    if len(graphs) == 2:
        return _pair(*graphs), True
    names = ", ".join(path.relative_to(root).as_posix() for path in graphs[:8]) or "none"
    raise refused(f"{root.name} must hold one encoder and one decoder as ONNX files; it holds: {names}")


def pair_of_files(first: Path, second: Path) -> Pair:
    """Return two ONNX files of anywhere as a pair; their tensors must tell which is which."""
    return _pair(first, second)


def _pair(encoder: Path, decoder: Path) -> Pair:
    root = encoder.parent
    while not decoder.is_relative_to(root):
        root = root.parent
    return Pair(root, encoder.relative_to(root).as_posix(), decoder.relative_to(root).as_posix())


def _only_subfolder(root: Path, files: list[Path]) -> list[Path]:
    names = {path.relative_to(root).parts[0] for path in files if len(path.relative_to(root).parts) > 1}
    folders = sorted(name for name in names if not name.startswith((".", "__")))
    return [root / folders[0]] if len(folders) == 1 else []
