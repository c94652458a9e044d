# SPDX-License-Identifier: GPL-3.0-or-later
"""An ONNX file as its graph's nodes, and files made of some of them. Field numbers are those of onnx.proto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .protobuf import MalformedError, fields, message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Raw = memoryview
Field = tuple[int, "int | Raw"]

_MODEL_GRAPH = 7
_NODE, _INITIALIZER, _SPARSE, _INPUT, _OUTPUT, _VALUE = 1, 5, 15, 11, 12, 13
_NODE_INPUT, _NODE_OUTPUT, _NODE_OPERATOR, _NODE_ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_GRAPHS = (6, 11)
_TENSOR_NAME, _TENSOR_EXTERNAL = 8, 13
_VALUE_NAME = 1


@dataclass(frozen=True)
class Node:
    """One node: its operator, its bytes, the names that it reads (graphs inside it included) and makes."""

    operator: str
    raw: Raw
    reads: frozenset[str]
    makes: frozenset[str]


class OnnxGraph:
    """The graph of an ONNX file, read from its bytes, which it goes on to use.

    `values` are what the file says of the types and shapes between the nodes, by name.

    Raises:
        MalformedError: the bytes are no ONNX file of one graph.
    """

    def __init__(self, data: Raw) -> None:
        self._model: list[Field] = list(fields(data))
        graphs = [value for number, value in self._model if number == _MODEL_GRAPH]
        if len(graphs) != 1:
            raise MalformedError("not a file of one graph")
        graph = _inside(graphs[0])
        self.nodes = [
            Node(_text(_first(value, _NODE_OPERATOR)), _raw(value), *_names(value))
            for value in _all(graph, _NODE)
        ]
        self.inputs = _by_name(_all(graph, _INPUT), _VALUE_NAME)
        self.outputs = _by_name(_all(graph, _OUTPUT), _VALUE_NAME)
        self.values = _by_name(_all(graph, _VALUE), _VALUE_NAME)
        self.initializers = _by_name(_all(graph, _INITIALIZER), _TENSOR_NAME)
        self._others = [
            (number, value)
            for number, value in graph
            if number not in (_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE)
        ]
        self.has_external_data = any(_is_external(value) for value in self.initializers.values())
        self.has_sparse_data = any(number == _SPARSE for number, _ in graph)

    def needed_for(self, wanted: Iterable[str]) -> list[Node]:
        """Return the nodes that lead to these names, in the graph's order."""
        maker = {name: index for index, node in enumerate(self.nodes) for name in node.makes}
        needed: set[int] = set()
        waiting = [maker[name] for name in wanted if name in maker]
        while waiting:
            index = waiting.pop()
            if index not in needed:
                needed.add(index)
                waiting += [maker[name] for name in self.nodes[index].reads if name in maker]
        return [node for index, node in enumerate(self.nodes) if index in needed]

    def reached_from(self, names: Iterable[str]) -> set[str]:
        """Return these names and all that depends on them."""
        reached = set(names)
        for node in self.nodes:  # ONNX has them in an order in which each comes after what it reads
            if node.reads & reached:
                reached |= node.makes
        return reached

    def file_of(
        self,
        nodes: Iterable[Node],
        inputs: Mapping[str, Raw],
        outputs: Mapping[str, Raw],
        initializers: Mapping[str, Raw] | None = None,
    ) -> bytes:
        """Return an ONNX file of some of the nodes, with these inputs and outputs (ValueInfoProto by name).

        It keeps of the `initializers`, by default the graph's own, what the nodes read or the outputs are.
        """
        kept = list(nodes)
        read = set(outputs).union(*(node.reads for node in kept))
        weights = self.initializers if initializers is None else initializers
        graph: list[Field] = [(_NODE, node.raw) for node in kept]
        graph += self._others
        graph += [(_INITIALIZER, value) for name, value in weights.items() if name in read]
        graph += [(_INPUT, value) for value in inputs.values()]
        graph += [(_OUTPUT, value) for value in outputs.values()]
        made = set().union(*(node.makes for node in kept)) - set(outputs)
        graph += [(_VALUE, value) for name, value in self.values.items() if name in made]
        whole = memoryview(message(graph))
        return message((number, whole if number == _MODEL_GRAPH else value) for number, value in self._model)


def reads_of(nodes: Collection[Node]) -> set[str]:
    """Return all names that these nodes read."""
    return set().union(*(node.reads for node in nodes))


def _names(node: int | Raw) -> tuple[frozenset[str], frozenset[str]]:
    reads: set[str] = set()
    makes: set[str] = set()
    for number, value in _inside(node):
        if number == _NODE_INPUT:
            reads.add(_text(value))
        elif number == _NODE_OUTPUT:
            makes.add(_text(value))
        elif number == _NODE_ATTRIBUTE:
            for kind, inner in _inside(value):
                if kind in _ATTRIBUTE_GRAPHS:
                    reads |= set(_read_inside(_inside(inner)))
    return frozenset(reads - {""}), frozenset(makes - {""})


def _read_inside(graph: list[Field]) -> Iterator[str]:
    """Yield all names that a graph inside a node reads; some of them are of the graph around it."""
    for value in _all(graph, _NODE):
        yield from _names(value)[0]
    for value in _all(graph, _OUTPUT):
        yield _text(_first(value, _VALUE_NAME))


def _is_external(tensor: Raw) -> bool:
    return any(number == _TENSOR_EXTERNAL for number, _ in fields(tensor))


def _by_name(values: list[int | Raw], name: int) -> dict[str, Raw]:
    return {_text(_first(value, name)): _raw(value) for value in values}


def _all(graph: list[Field], wanted: int) -> list[int | Raw]:
    return [value for number, value in graph if number == wanted]


def _first(value: int | Raw, wanted: int) -> int | Raw:
    return next((inner for number, inner in _inside(value) if number == wanted), memoryview(b""))


def _inside(value: int | Raw) -> list[Field]:
    return list(fields(_raw(value)))


def _raw(value: int | Raw) -> Raw:
    if isinstance(value, int):
        raise MalformedError("a number where a message was expected")
    return value


def _text(value: int | Raw) -> str:
    return bytes(_raw(value)).decode("utf-8", "replace")
