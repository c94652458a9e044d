# SPDX-License-Identifier: GPL-3.0-or-later
"""From a loaded checkpoint to an installed model folder, once the graphs answer as the checkpoint itself does."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Box, Point

from ..card import Card, CardFile
from ..prompts import ModelPrompts
from ..registry import CARD, Registry
from ..sessions import SessionSettings

if TYPE_CHECKING:
    from .sources import Answer, Source

LOGITS_WITHIN = 0.02
"""How far a graph's logits may be from the checkpoint's: rounding takes up to 0.001, a wrong convention over 0.5."""

SCORES_WITHIN = 0.01
PICTURE = (640, 427)
UNFINISHED = ".export-"
KILLED_SECONDS = 24 * 3600.0


def export_model(source: Source, card: Card, models: Path) -> Path:
    """Write the model's folder into `models` and return it; what had its place goes.

    The folder gets its name only when both graphs were loaded, fitted the card's family, and gave the
    checkpoint's own masks for a click, clicks, and a box on a drawn picture.

    Raises:
        ModelError: `model.export` when they differ, or when the files cannot be written; nothing is left behind.
    """
    try:
        models.mkdir(parents=True, exist_ok=True)
        _clear(models)
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=models) as name:
            folder = Path(name) / card.id
            source.write(folder)
            _write_card(card, folder)
            _check(source, card.id, Path(name))
            return _put_in_place(folder, models / card.id, Path(name) / "before")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(
            "model.export", f"The export was not kept: {models} cannot be written ({reason})."
        ) from error


def _put_in_place(folder: Path, target: Path, before: Path) -> Path:
    """Give the folder its name; what had it waits at `before` until then, and has it again if that fails."""
    if target.exists():
        target.rename(before)
    try:
        return folder.rename(target)
    except OSError:
        if before.exists():
            before.rename(target)
        raise


def _clear(models: Path) -> None:
    """Remove what exports that were killed have left; a younger folder may belong to one that runs."""
    for folder in models.glob(f"{UNFINISHED}*"):
        if time.time() - folder.stat().st_mtime > KILLED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _write_card(card: Card, folder: Path) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {
        path.relative_to(folder).as_posix(): CardFile(_sha256(path), path.stat().st_size) for path in paths
    }
    text = json.dumps(dataclasses.replace(card, files=files).to_json(), indent=2)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(source: Source, model_id: str, folder: Path) -> None:
    model = Registry(folder).get(model_id)
    model.load(SessionSettings())
    rgb = _picture()
    embedding, ask = model.encode(rgb), source.encode(rgb)
    for prompts in _prompts():
        candidates = model.decode(embedding, prompts)
        truth = ask(prompts.points, prompts.box)
        scores = np.array([score for score in candidates.scores if score is not None], np.float32)
        _compare((candidates.logits, scores), truth)
    model.unload()


def _compare(made: Answer, truth: Answer) -> None:
    shapes = [(a.shape, b.shape) for a, b in zip(made, truth, strict=True)]
    if any(a != b for a, b in shapes):
        raise _differs(
            f"it returns {shapes[0][0]} logits and {shapes[1][0]} scores, not {shapes[0][1]}, {shapes[1][1]}"
        )
    logits, scores = (float(np.abs(a - b).max()) for a, b in zip(made, truth, strict=True))
    if not (logits <= LOGITS_WITHIN and scores <= SCORES_WITHIN):  # also when one of them is not a number
        raise _differs(f"its logits are off by {logits:.3g}, its predicted IoU by {scores:.3g}")


def _differs(how: str) -> ModelError:
    return ModelError(
        "model.export", f"The export was not kept, since it answers otherwise than the checkpoint: {how}."
    )


def _picture() -> npt.NDArray[np.uint8]:
    """Return a drawn picture: two objects on a shaded ground, with grain."""
    width, height = PICTURE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rgb = np.stack([60 + 0.2 * x, 90 + 0.15 * y, 140 - 0.1 * x], axis=-1)
    rgb[np.hypot(x - 250, y - 220) < 110] = (210, 60, 50)
    rgb[(abs(x - 480) < 70) & (abs(y - 150) < 90)] = (240, 220, 90)
    rgb += np.random.default_rng(1).normal(0.0, 6.0, rgb.shape)
    return np.asarray(Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8)))


def _prompts() -> tuple[ModelPrompts, ...]:
    click, second, off = Point(250.0, 220.0), Point(480.0, 150.0), Point(60.0, 380.0, foreground=False)
    box = Box(135.0, 105.0, 365.0, 335.0)
    return (
        ModelPrompts((click,)),
        ModelPrompts((click, second, off)),
        ModelPrompts((), box),
        ModelPrompts((off,), box),
    )
