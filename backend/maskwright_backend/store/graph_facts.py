# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ONNX file needs from outside, read without running it: operators that are not standard, and other files.

Field numbers are those of onnx.proto3. Weights are skipped, so a file of a gigabyte takes milliseconds; one that
is made of a gigabyte of small fields is refused after the first of them.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..models.protobuf import MalformedError
from ..models.protobuf import fields as all_fields
from .refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STANDARD = frozenset(
    {"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"}
)
"""Domains whose operators every ONNX Runtime brings along."""

DEEPEST = 64
MOST_FIELDS = 2_000_000
"""Ten times what the largest exports have: a graph of 20,000 nodes comes to 200,000."""
LONGEST_NAME = 4096
_EXTERNAL = 1

_MODEL = {"graph": 7, "functions": 25}
_GRAPH = {"node": 1, "initializer": 5, "sparse": 15}
_NODE = {"attribute": 5, "domain": 7}
_ATTRIBUTE = {"tensor": 5, "graph": 6, "tensors": 10, "graphs": 11, "sparse": 22, "sparses": 23}
_TENSOR = {"external": 13, "location": 14}
_FUNCTION = {"node": 7, "domain": 10}


@dataclass
class GraphFacts:
    """The operator domains that the nodes use, those that the file defines itself, and the external data files.

    `external` maps each data file to the bytes that it must have at least; `check` is asked now and then.
    """

    check: Callable[[], None] = lambda: None
    domains: set[str] = field(default_factory=set)
    own_domains: set[str] = field(default_factory=set)
    external: dict[str, int] = field(default_factory=dict)
    seen: int = 0

    def fields(self, view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """Yield each field of a message, as long as the whole file has no more than a model's."""
        for found in all_fields(view):
            self.seen += 1
            if not self.seen % 10_000:
                self.check()
            if self.seen > MOST_FIELDS:
                raise MalformedError("more parts than a model has")
            yield found

    @property
    def custom_domains(self) -> set[str]:
        """Domains whose operators only a library that the model does not bring could run."""
        return self.domains - self.own_domains - STANDARD


def read_facts(path: Path, check: Callable[[], None] = lambda: None) -> GraphFacts:
    """Return what an ONNX file needs; `check` may raise what the work is to be stopped for.

    Raises:
        ModelError: `model.refused` for a file that is not ONNX.
    """
    facts, reason, nodes = GraphFacts(check), "", 0
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
    for number, value in facts.fields(view):
        if isinstance(value, int):
            continue
        if number == _MODEL["graph"]:
            nodes += _read_graph(value, facts, 0)
        elif number == _MODEL["functions"]:
            _read_function(value, facts)
    return nodes


def _read_function(view: memoryview, facts: GraphFacts) -> None:
    for number, value in facts.fields(view):
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
    for number, value in facts.fields(view):
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
    for number, value in facts.fields(view):
        if isinstance(value, int):
            continue
        if number == _NODE["domain"]:
            domain = _text(value)
        elif number == _NODE["attribute"]:
            _read_attribute(value, facts, depth)
    facts.domains.add(domain)


def _read_attribute(view: memoryview, facts: GraphFacts, depth: int) -> None:
    for number, value in facts.fields(view):
        if isinstance(value, int):
            continue
        if number in (_ATTRIBUTE["tensor"], _ATTRIBUTE["tensors"]):
            _read_tensor(value, facts)
        elif number in (_ATTRIBUTE["graph"], _ATTRIBUTE["graphs"]):
            _read_graph(value, facts, depth + 1)
        elif number in (_ATTRIBUTE["sparse"], _ATTRIBUTE["sparses"]):
            _read_sparse(value, facts)


def _read_sparse(view: memoryview, facts: GraphFacts) -> None:
    for number, value in facts.fields(view):
        if number in (1, 2) and not isinstance(value, int):
            _read_tensor(value, facts)


def _read_tensor(view: memoryview, facts: GraphFacts) -> None:
    entries: dict[str, str] = {}
    external = False
    for number, value in facts.fields(view):
        if number == _TENSOR["external"] and not isinstance(value, int):
            entries.update([_entry(value, facts)])
        elif number == _TENSOR["location"]:
            external = value == _EXTERNAL
    if external or entries:
        location = entries.get("location", "")
        end = _whole(entries.get("offset")) + _whole(entries.get("length"))
        facts.external[location] = max(end, facts.external.get(location, 0))


def _entry(view: memoryview, facts: GraphFacts) -> tuple[str, str]:
    """Return the key and the value of an entry about external data."""
    pair = {number: _text(value) for number, value in facts.fields(view) if not isinstance(value, int)}
    return pair.get(1, ""), pair.get(2, "")


def _whole(digits: str | None) -> int:
    return int(digits) if digits and len(digits) <= 18 and digits.isascii() and digits.isdigit() else 0


def _text(view: memoryview) -> str:
    return bytes(view[:LONGEST_NAME]).decode("utf-8")
