# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint of PyTorch's on its way to a pair of ONNX graphs, in a throw-away process."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..models.checkpoints.convert import WEIGHTS
from .helper import COMMAND, HelperFailure, ask
from .inspection import Pair
from .refusals import refused, tampered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .progress import Task

SECONDS = 1800.0


def converted(
    folder: Path, task: Task, *, expected: str = "", name: str = "", command: Sequence[str] = COMMAND
) -> tuple[Pair, dict[str, Any]]:
    """Turn the checkpoint that lies as WEIGHTS in `folder` into graphs beside it; return them, and what the card notes.

    `expected` is the architecture that it must be of, empty for any; `name` is the file's own, for sentences. The
    checkpoint stays where the encoder's graph points into it, and goes otherwise.

    Raises:
        ModelError: `model.refused` with the reason.
        Cancelled: when the task was withdrawn.
    """
    checkpoint = folder / WEIGHTS
    task.stage("converting")
    request = {"do": "convert", "checkpoint": str(checkpoint), "folder": str(folder), "expected": expected}
    try:
        answer = ask(request, task, SECONDS, command)
    except HelperFailure as failure:
        raise refused(f"while its checkpoint was converted {failure.reason}", failure.detail) from failure
    if "error" in answer:
        sentence = str(answer["error"]).replace(WEIGHTS, name or WEIGHTS)
        raise ModelError("model.refused", sentence, str(answer.get("detail", "")))
    if not answer["points"]:
        checkpoint.unlink()
    noted = {"architecture": str(answer["template"]), "converted_from": name or WEIGHTS}
    return Pair(folder, "encoder.onnx", "decoder.onnx"), noted


def check_md5(path: Path, md5: str, task: Task) -> None:
    """Compare a file with its MD5, where nobody publishes more; an accident is found, an attack is not.

    Raises:
        ModelError: `model.tampered`; the file is removed.
    """
    digest, done, total = hashlib.md5(usedforsecurity=False), 0, path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            done += len(chunk)
            task.stage("checking", done, total)
    if digest.hexdigest() != md5:
        path.unlink()
        raise tampered(f"{path.name} is not the published file (its MD5 is another). Get it again.")
