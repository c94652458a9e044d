# SPDX-License-Identifier: GPL-3.0-or-later
"""A decoder without what nobody reads: its masks of 1024 x 1024 alone take an eighth of a click.

ONNX Runtime computes every node of a graph, whichever outputs are asked for. So the nodes that only lead to outputs
without a reader are left out before it gets to see the graph. Field numbers are those of onnx.proto3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .protobuf import MalformedError, fields, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_BYTES = 256 << 20
"""A larger file is used as it is: it would lie in memory twice."""

_MODEL = {"graph": 7}
_GRAPH = {"node": 1, "initializer": 5, "output": 12}
_NODE = {"input": 1, "output": 2, "attribute": 5}
_ATTRIBUTE = {"graph": 6, "graphs": 11}
_VALUE_INFO = {"name": 1}
_TENSOR = {"external": 13}

Field = tuple[int, "int | memoryview"]


def pruned(path: Path, one_of: Sequence[str], others: Sequence[str]) -> bytes | None:
    """Return the ONNX file at `path` with no more outputs than are read; None where it is best taken as it is.

    Read are the first of `one_of` that the graph has, and the `others`. A file is left as it is when it has no
    further outputs or lacks one of these, when it keeps weights in other files (which are found by its place), when
    it is very large, and when this does not understand it: ONNX Runtime and the contract judge it then.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        model = list(fields(memoryview(path.read_bytes())))
        graphs = [value for number, value in model if number == _MODEL["graph"]]
        graph = _pruned_graph(_inside(graphs[0]), one_of, others) if len(graphs) == 1 else None
    except (MalformedError, OSError):
        return None
    if graph is None:
        return None
    return message((number, graph if number == _MODEL["graph"] else value) for number, value in model)


def _pruned_graph(graph: list[Field], one_of: Sequence[str], others: Sequence[str]) -> memoryview | None:
    outputs = {_text(_first(value, _VALUE_INFO["name"])) for value in _all(graph, _GRAPH["output"])}
    wanted = {*[name for name in one_of if name in outputs][:1], *others}
    if not wanted < outputs or any(_is_external(value) for value in _all(graph, _GRAPH["initializer"])):
        return None
    nodes = [(value, *_names(value)) for value in _all(graph, _GRAPH["node"])]
    maker = {name: index for index, (_, _, made) in enumerate(nodes) for name in made}
    needed: set[int] = set()
    waiting = [maker[name] for name in wanted if name in maker]
    while waiting:
        index = waiting.pop()
        if index not in needed:
            needed.add(index)
            waiting += [maker[name] for name in nodes[index][1] if name in maker]
    kept = {id(nodes[index][0]) for index in needed}

    def stays(number: int, value: int | memoryview) -> bool:
        if number == _GRAPH["node"]:
            return id(value) in kept
        return number != _GRAPH["output"] or _text(_first(value, _VALUE_INFO["name"])) in wanted

    return memoryview(message((number, value) for number, value in graph if stays(number, value)))


def _names(node: int | memoryview) -> tuple[set[str], set[str]]:
    """Return what a node reads, graphs inside it included, and what it makes."""
    reads: set[str] = set()
    makes: set[str] = set()
    for number, value in _inside(node):
        if number == _NODE["input"]:
            reads.add(_text(value))
        elif number == _NODE["output"]:
            makes.add(_text(value))
        elif number == _NODE["attribute"]:
            for kind, inner in _inside(value):
                if kind in (_ATTRIBUTE["graph"], _ATTRIBUTE["graphs"]):
                    reads |= set(_read_inside(_inside(inner)))
    return reads - {""}, makes - {""}


def _read_inside(graph: list[Field]) -> Iterator[str]:
    """Yield all names that a graph inside a node reads; some of them are of the graph around it."""
    for value in _all(graph, _GRAPH["node"]):
        yield from _names(value)[0]
    for value in _all(graph, _GRAPH["output"]):
        yield _text(_first(value, _VALUE_INFO["name"]))


def _is_external(tensor: int | memoryview) -> bool:
    return any(number == _TENSOR["external"] for number, _ in _inside(tensor))


def _all(graph: list[Field], wanted: int) -> list[int | memoryview]:
    return [value for number, value in graph if number == wanted]


def _first(value: int | memoryview, wanted: int) -> int | memoryview:
    return next((inner for number, inner in _inside(value) if number == wanted), memoryview(b""))


def _inside(value: int | memoryview) -> list[Field]:
    if isinstance(value, int):
        raise MalformedError("a number where a message was expected")
    return list(fields(value))


def _text(value: int | memoryview) -> str:
    if isinstance(value, int):
        raise MalformedError("a number where a text was expected")
    return bytes(value).decode("utf-8", "replace")
