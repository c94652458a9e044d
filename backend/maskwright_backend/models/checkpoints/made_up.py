# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up weights and inputs, the same everywhere, and what the authors' own code answers with them.

A template's decoder is run with them here before a checkpoint's weights are filled in. If it answers otherwise than
the authors' code did in PyTorch (`answers.json`, by `python -m conversion.make_answers`), the installed ONNX Runtime
does not compute the graph as it should, and no mask of it is to be trusted.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..sessions import Session, SessionSettings
from .refusals import refused
from .templates import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .templates import Template

ANSWERS = FOLDER / "answers.json"
SAMPLES = 64
CLOSE = 2e-3
"""How far a value may be off: rounding takes 0.0001 of logits of deviation 1, a wrong graph more than a tenth."""


def weight(name: str, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return the made-up weight of that name: matrices by their fan-in, norms near 1, the rest near 0."""
    noise = _noise(name, shape)
    if len(shape) > 1:
        return noise / np.float32(np.sqrt(np.prod(shape[1:])))
    near = 1.0 if name.endswith("weight") else 0.0
    return noise * np.float32(0.1) + np.float32(near)


def inputs(shapes: Mapping[str, Sequence[int | str | None]]) -> dict[str, npt.NDArray[np.float32]]:
    """Return what a decoder is fed, by the names and declared shapes of its inputs."""
    fixed = {
        "point_coords": [[[300.5, 200.25], [700.0, 640.0], [10.0, 900.75]]], "point_labels": [[1.0, 0.0, -1.0]],
        "has_mask_input": [1.0], "orig_im_size": [256.0, 256.0],
    }  # fmt: skip
    return {
        name: np.array(fixed[name], np.float32)
        if name in fixed
        else _noise(f"input {name}", [size if isinstance(size, int) else 1 for size in shape])
        for name, shape in shapes.items()
    }


def samples(outputs: Mapping[str, npt.NDArray[Any]]) -> dict[str, list[float]]:
    """Return a few values of each output, spread over all of it, for comparison."""
    picked = {}
    for name, value in sorted(outputs.items()):
        flat = np.asarray(value, np.float64).reshape(-1)
        at = np.linspace(0, flat.size - 1, min(SAMPLES, flat.size)).astype(int)
        picked[name] = [round(float(found), 6) for found in flat[at]]
    return picked


def check_decoder(name: str, template: Template, scratch: Path) -> None:
    """Compare the template's decoder, run here with the made-up weights, with the stored answers, where there are any.

    `scratch` is a file that may be written and is removed again.

    Raises:
        ModelError: `model.refused` when it answers otherwise.
    """
    told = json.loads(ANSWERS.read_text(encoding="utf-8")).get(name) if ANSWERS.is_file() else None
    if told is None:
        return
    made = {key: weight(key, shape) for key, shape in template.parameters.items()}
    try:
        scratch.write_bytes(
            template.filled(lambda key: memoryview(made[key].reshape(-1).view(np.uint8).data))
        )
        session = Session(scratch, SessionSettings(), arena=False)
        found = samples(session.run(inputs({info.name: info.shape for info in session.inputs})))
    finally:
        scratch.unlink(missing_ok=True)
    if found.keys() != told.keys() or not all(
        np.allclose(found[key], told[key], CLOSE, CLOSE) for key in told
    ):
        raise refused(
            f"the installed ONNX Runtime does not compute the graph of {name} as its authors' code does"
        )


def _noise(name: str, shape: Sequence[int]) -> npt.NDArray[np.float32]:
    random = np.random.RandomState(zlib.crc32(name.encode()))
    return random.standard_normal(tuple(shape)).astype(np.float32)
