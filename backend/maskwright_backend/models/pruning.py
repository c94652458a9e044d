# SPDX-License-Identifier: GPL-3.0-or-later
"""A decoder without what nobody reads: its masks of 1024 x 1024 alone take an eighth of a click.

ONNX Runtime computes every node of a graph, whichever outputs are asked for. So the nodes that only lead to outputs
without a reader are left out before it gets to see the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .onnx_graph import OnnxGraph
from .protobuf import MalformedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_BYTES = 256 << 20
"""A larger file is used as it is: it would lie in memory twice."""


def pruned(path: Path, one_of: Sequence[str], others: Sequence[str]) -> bytes | None:
    """Return the ONNX file at `path` with no more outputs than are read; None where it is best taken as it is.

    Read are the first of `one_of` that the graph has, and the `others`. A file is left as it is when it has no
    further outputs or lacks one of these, when it keeps weights in other files (which are found by its place), when
    it is very large, and when this does not understand it: ONNX Runtime and the contract judge it then.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        graph = OnnxGraph(memoryview(path.read_bytes()))
    except (MalformedError, OSError):
        return None
    wanted = {*[name for name in one_of if name in graph.outputs][:1], *others}
    if not wanted < set(graph.outputs) or graph.has_external_data:
        return None
    outputs = {name: value for name, value in graph.outputs.items() if name in wanted}
    return graph.file_of(graph.needed_for(wanted), graph.inputs, outputs)
