# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph templates: each known architecture's graphs without weights, every parameter under its own name.

`python -m conversion.make_templates` makes them of the authors' code. Field numbers are those of onnx.proto3.
"""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..protobuf import fields, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER = Path(__file__).parent / "templates"
PARTS = ("encoder", "decoder")
_GRAPH, _INITIALIZER = 7, 5
_TENSOR = {"dims": 1, "name": 8, "raw": 9, "external": 13, "location": 14}
_EXTERNAL = 1

Field = tuple[int, "int | memoryview"]


@dataclass(frozen=True)
class Pointed:
    """A weight that stays where it is: the file beside the graph, the first byte, and how many."""

    file: str
    offset: int
    length: int


class Template:
    """One graph without weights; `parameters` are the shapes of those that are to be filled in, by name."""

    def __init__(self, model: bytes) -> None:
        self._model = list(fields(memoryview(model)))
        graph = next(value for number, value in self._model if number == _GRAPH)
        self._graph = list(fields(_view(graph)))
        self._tensors = {
            index: list(fields(_view(value)))
            for index, (number, value) in enumerate(self._graph)
            if number == _INITIALIZER
        }
        open_ones = [tensor for tensor in self._tensors.values() if not _has_data(tensor)]
        self.parameters: Mapping[str, tuple[int, ...]] = {
            _name(tensor): _shape(tensor) for tensor in open_ones
        }

    def filled(self, weight_of: Callable[[str], Pointed | memoryview]) -> bytes:
        """Return the ONNX file with each parameter as `weight_of` gives it: a place, or its bytes."""
        parts = []
        for index, (number, value) in enumerate(self._graph):
            tensor = self._tensors.get(index)
            if tensor is not None and not _has_data(tensor):
                value = memoryview(message([*tensor, *_data(weight_of(_name(tensor)))]))  # noqa: PLW2901
            parts.append((number, value))
        graph = memoryview(message(parts))
        return message((number, graph if number == _GRAPH else value) for number, value in self._model)


def known_templates() -> tuple[str, ...]:
    """Return the ids of the architectures that there are templates of."""
    return tuple(
        sorted({path.name.removesuffix(".encoder.onnx.xz") for path in FOLDER.glob("*.encoder.onnx.xz")})
    )


def load_template(name: str, part: str) -> Template:
    """Return the `part` (encoder, decoder) of an architecture's templates."""
    return Template(lzma.decompress((FOLDER / f"{name}.{part}.onnx.xz").read_bytes()))


def _data(weight: Pointed | memoryview) -> list[Field]:
    if not isinstance(weight, Pointed):
        return [(_TENSOR["raw"], weight)]
    told = {"location": weight.file, "offset": str(weight.offset), "length": str(weight.length)}
    entries = [message([(1, _text(key)), (2, _text(value))]) for key, value in told.items()]
    return [
        *((_TENSOR["external"], memoryview(entry)) for entry in entries),
        (_TENSOR["location"], _EXTERNAL),
    ]


def _has_data(tensor: list[Field]) -> bool:
    return any(number == _TENSOR["raw"] for number, _ in tensor)


def _name(tensor: list[Field]) -> str:
    return bytes(_view(next(value for number, value in tensor if number == _TENSOR["name"]))).decode()


def _shape(tensor: list[Field]) -> tuple[int, ...]:
    return tuple(value for number, value in tensor if number == _TENSOR["dims"] and isinstance(value, int))


def _view(value: int | memoryview) -> memoryview:
    return value if isinstance(value, memoryview) else memoryview(b"")


def _text(value: str) -> memoryview:
    return memoryview(value.encode())
