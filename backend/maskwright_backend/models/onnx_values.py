# SPDX-License-Identifier: GPL-3.0-or-later
"""Tensors and their types as ONNX writes them down, and what ONNX Runtime infers of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .protobuf import message
from .runtime import onnx_runtime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

_DIMS, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TENSOR_TYPE, _ELEM_TYPE, _TENSOR_SHAPE = 1, 1, 2
_SHAPE_DIM, _DIM_VALUE = 1, 1
_TYPE_NAMES = {"float32": "tensor(float)", "float64": "tensor(double)"}
_TYPES = {
    "tensor(float)": 1,
    "tensor(uint8)": 2,
    "tensor(int32)": 6,
    "tensor(int64)": 7,
    "tensor(bool)": 9,
    "tensor(float16)": 10,
    "tensor(double)": 11,
}


def inferred(graph: bytes) -> Any:
    """Return the outputs of a graph as ONNX Runtime infers them, each with a name, a type and a shape."""
    return plain_session(graph, "ORT_DISABLE_ALL").get_outputs()


def plain_session(graph: bytes, level: str, written: Path | None = None) -> Any:
    """Return a session of ONNX Runtime with that level of rewriting; `written` gets the graph that came of it."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    if written is not None:
        options.optimized_model_filepath = str(written)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def value_of(name: str, type_name: str = "", shape: Sequence[int | str | None] = ()) -> memoryview:
    """Return a ValueInfoProto; without a type ONNX Runtime finds out."""
    parts: list[tuple[int, int | memoryview]] = [(_VALUE_NAME, memoryview(name.encode()))]
    if type_name:
        sizes = [message_of([(_DIM_VALUE, size)] if isinstance(size, int) else []) for size in shape]
        axes = message_of([(_SHAPE_DIM, size) for size in sizes])
        tensor = message_of([(_ELEM_TYPE, _TYPES[type_name]), (_TENSOR_SHAPE, axes)])
        parts.append((_VALUE_TYPE, message_of([(_TENSOR_TYPE, tensor)])))
    return message_of(parts)


def message_of(parts: Iterable[tuple[int, int | memoryview]]) -> memoryview:
    """Return a message's bytes as `onnx_graph` has them."""
    return memoryview(message(parts))


def tensor_of(name: str, value: npt.NDArray[Any]) -> memoryview:
    """Return a TensorProto."""
    dims = [(_DIMS, size) for size in value.shape]
    raw = memoryview(np.ascontiguousarray(value).tobytes())
    kind = _TYPES[_TYPE_NAMES.get(value.dtype.name, f"tensor({value.dtype.name})")]
    return message_of(
        [*dims, (_DATA_TYPE, kind), (_TENSOR_NAME, memoryview(name.encode())), (_RAW_DATA, raw)]
    )
