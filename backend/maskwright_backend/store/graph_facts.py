# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ONNX file needs from outside, read without running it: operators that are not standard, and other files.

Field numbers are those of onnx.proto3. Weights are skipped, so a file of a gigabyte takes milliseconds.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..models.protobuf import MalformedError, fields
from .refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

STANDARD = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"}
)
"""Domains whose operators every ONNX Runtime brings along."""

DEEPEST = 64
_EXTERNAL = 1

_MODEL = {"graph": 7, "functions": 25}
_GRAPH = {"node": 1, "initializer": 5, "sparse": 15}
_NODE = {"attribute": 5, "domain": 7}
_ATTRIBUTE = {"tensor": 5, "graph": 6, "tensors": 10, "graphs": 11, "sparse": 22, "sparses": 23}
_TENSOR = {"external": 13, "location": 14}
_FUNCTION = {"node": 7, "domain": 10}


@dataclass
class GraphFacts:
    """The operator domains that the nodes use, those that the file defines itself, and the external data files."""

    domains: set[str] = field(default_factory=set)
    own_domains: set[str] = field(default_factory=set)
    external: set[str] = field(default_factory=set)

    @property
    def custom_domains(self) -> set[str]:
        """Domains whose operators only a library that the model does not bring could run."""
        return self.domains - self.own_domains - STANDARD


def read_facts(path: Path) -> GraphFacts:
    """Return what an ONNX file needs.

    Raises:
        ModelError: `model.refused` for a file that is not ONNX.
    """
    facts, reason, nodes = GraphFacts(), "", 0
    with path.open("rb") as stream:
        if stream.seek(0, 2) == 0:
            raise refused(f"{path.name} is empty")
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            try:
                nodes = _read_model(view, facts)
            except (MalformedError, RecursionError, UnicodeDecodeError) as error:
                reason = str(error)
    if reason or not nodes:
        raise refused(f"{path.name} is not an ONNX file", reason)
    return facts


def _read_model(view: memoryview, facts: GraphFacts) -> int:
    nodes = 0
    for number, value in fields(view):
        if isinstance(value, int):
            continue
        if number == _MODEL["graph"]:
            nodes += _read_graph(value, facts, 0)
        elif number == _MODEL["functions"]:
            _read_function(value, facts)
    return nodes


def _read_function(view: memoryview, facts: GraphFacts) -> None:
    for number, value in fields(view):
        if isinstance(value, int):
            continue
        if number == _FUNCTION["node"]:
            _read_node(value, facts, 0)
        elif number == _FUNCTION["domain"]:
            facts.own_domains.add(_text(value))


def _read_graph(view: memoryview, facts: GraphFacts, depth: int) -> int:
    if depth > DEEPEST:
        raise MalformedError("graphs within graphs without end")
    nodes = 0
    for number, value in fields(view):
        if isinstance(value, int):
            continue
        if number == _GRAPH["node"]:
            _read_node(value, facts, depth)
            nodes += 1
        elif number == _GRAPH["initializer"]:
            _read_tensor(value, facts)
        elif number == _GRAPH["sparse"]:
            _read_sparse(value, facts)
    return nodes


def _read_node(view: memoryview, facts: GraphFacts, depth: int) -> None:
    domain = ""
    for number, value in fields(view):
        if isinstance(value, int):
            continue
        if number == _NODE["domain"]:
            domain = _text(value)
        elif number == _NODE["attribute"]:
            _read_attribute(value, facts, depth)
    facts.domains.add(domain)


def _read_attribute(view: memoryview, facts: GraphFacts, depth: int) -> None:
    for number, value in fields(view):
        if isinstance(value, int):
            continue
        if number in (_ATTRIBUTE["tensor"], _ATTRIBUTE["tensors"]):
            _read_tensor(value, facts)
        elif number in (_ATTRIBUTE["graph"], _ATTRIBUTE["graphs"]):
            _read_graph(value, facts, depth + 1)
        elif number in (_ATTRIBUTE["sparse"], _ATTRIBUTE["sparses"]):
            _read_sparse(value, facts)


def _read_sparse(view: memoryview, facts: GraphFacts) -> None:
    for number, value in fields(view):
        if number in (1, 2) and not isinstance(value, int):
            _read_tensor(value, facts)


def _read_tensor(view: memoryview, facts: GraphFacts) -> None:
    location, external = None, False
    for number, value in fields(view):
        if number == _TENSOR["external"] and not isinstance(value, int):
            location = _location(value) or location
        elif number == _TENSOR["location"]:
            external = value == _EXTERNAL
    if external or location is not None:
        facts.external.add(location or "")


def _location(view: memoryview) -> str | None:
    """Return the value of an entry whose key is `location`."""
    pair = {number: _text(value) for number, value in fields(view) if not isinstance(value, int)}
    return pair.get(2, "") if pair.get(1) == "location" else None


def _text(view: memoryview) -> str:
    return bytes(view).decode("utf-8")
