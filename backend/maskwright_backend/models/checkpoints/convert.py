# SPDX-License-Identifier: GPL-3.0-or-later
"""From a checkpoint to a pair of ONNX files: the architecture by its parameters, and its graphs with their weights.

The encoder's weights stay in the checkpoint, to which its graph points, where they lie there as ONNX Runtime wants
them; else they are written once, as float32, to a data file. The decoder, a few megabytes, holds its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .made_up import check_decoder
from .names import find
from .reading import read_checkpoint
from .refusals import refused
from .stored import ALIGNED, StoredTensor
from .templates import PARTS, Pointed, Template, known_templates, load_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Weights = Mapping[str, StoredTensor]

WEIGHTS = "weights.pth"
DATA = "encoder.onnx_data"


@dataclass(frozen=True)
class Converted:
    """The architecture that a checkpoint is of, and whether its file is needed beside the graphs as WEIGHTS."""

    template: str
    points_into_checkpoint: bool


def convert(checkpoint: Path, folder: Path, expected: str = "") -> Converted:
    """Write `encoder.onnx` and `decoder.onnx`, and DATA where it is needed, into `folder`.

    `expected` is the architecture that it must be; when empty, the one is taken whose parameters it has.

    Raises:
        ModelError: `model.refused` with the reason.
    """
    weights = read_checkpoint(checkpoint)
    name, parts = _architecture(checkpoint, weights, expected)
    check_decoder(name, parts["decoder"], folder / "decoder.onnx")
    encoder, decoder = (_Filling(parts[part], weights) for part in PARTS)
    pointed = encoder.can_point
    if not pointed:
        encoder.write_data(folder / DATA)
    (folder / "encoder.onnx").write_bytes(encoder.pointing(WEIGHTS if pointed else DATA))
    (folder / "decoder.onnx").write_bytes(decoder.holding())
    return Converted(name, pointed)


class _Filling:
    """One template and the weights that belong into it."""

    def __init__(self, template: Template, weights: Weights) -> None:
        self._template = template
        before = _prefix(template, weights)
        found = {name: find(weights, before + name) for name in template.parameters}
        self._weights = {name: tensor for name, tensor in found.items() if tensor is not None}
        self._places = {name: tensor.offset for name, tensor in self._weights.items()}

    @property
    def can_point(self) -> bool:
        """Whether every weight can be used where it lies."""
        return all(tensor.can_be_pointed_at for tensor in self._weights.values())

    def write_data(self, path: Path) -> None:
        """Write all weights one after the other, each where its alignment wants it."""
        with path.open("wb") as stream:
            for name, tensor in self._weights.items():
                stream.write(b"\0" * (-stream.tell() % ALIGNED))
                self._places[name] = stream.tell()
                stream.write(_bytes(tensor))

    def pointing(self, file: str) -> bytes:
        """Return the graph that finds its weights in `file`."""
        sizes = {name: 4 * int(np.prod(tensor.shape)) for name, tensor in self._weights.items()}
        return self._template.filled(lambda name: Pointed(file, self._places[name], sizes[name]))

    def holding(self) -> bytes:
        """Return the graph with its weights inside."""
        return self._template.filled(lambda name: _bytes(self._weights[name]))


def _architecture(checkpoint: Path, weights: Weights, expected: str) -> tuple[str, dict[str, Template]]:
    """Return the architecture of most parameters among those that the checkpoint has whole."""
    found: dict[str, dict[str, Template]] = {}
    lacking: dict[str, str] = {}
    for name in [expected] if expected else known_templates():
        parts = {part: load_template(name, part) for part in PARTS}
        problem = next((text for part in parts.values() if (text := _misfit(part, weights))), "")
        if problem:
            lacking[name] = problem
        else:
            found[name] = parts
    if not found:
        told = f"{checkpoint.name} is no checkpoint of {expected or 'a model that is known here'}"
        raise refused(
            f"{told}: {lacking[expected]}" if expected else told, "; ".join(lacking.values())[:1000]
        )
    best = max(found, key=lambda name: sum(len(part.parameters) for part in found[name].values()))
    return best, found[best]


def _misfit(template: Template, weights: Weights) -> str:
    before = _prefix(template, weights)
    for name, shape in template.parameters.items():
        tensor = find(weights, before + name)
        if tensor is None:
            return f"it lacks {name}"
        if tensor.shape != shape:
            return f"its {name} has the shape {list(tensor.shape)} where {list(shape)} belongs"
    return ""


def _prefix(template: Template, weights: Weights) -> str:
    """Return what a training program put before every name, by the name of the first parameter."""
    anchor = next(iter(template.parameters))
    return next((name.removesuffix(anchor) for name in weights if name.endswith(anchor)), "")


def _bytes(tensor: StoredTensor) -> memoryview:
    return memoryview(tensor.read().reshape(-1).view(np.uint8).data)
