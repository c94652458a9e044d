# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of safetensors: a length, a header in JSON, and the tensors one after the other."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .refusals import refused
from .stored import DTYPES, Storage, StoredTensor, contiguous, view_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 16 << 20
_LENGTH = 8
_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def looks_like_safetensors(start: bytes) -> bool:
    """Whether a file that begins so may be one: a length that is bearable, and an object."""
    return len(start) > _LENGTH and start[_LENGTH : _LENGTH + 1] == b"{" and _length(start) <= MOST_BYTES


def read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors as places in the file.

    Raises:
        ModelError: `model.refused` for a damaged or hostile file, with the reason.
    """
    with path.open("rb") as stream:
        length = _length(stream.read(_LENGTH))
        header = stream.read(length)
        left = stream.seek(0, 2) - _LENGTH - length
    try:
        entries = json.loads(header, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise refused(
            f"{path.name} is not a file of safetensors that can be read", str(error)[:300]
        ) from error
    if not isinstance(entries, dict) or left < 0:
        raise refused(f"{path.name} is not a file of safetensors that can be read")
    found = {
        name: _tensor(path, told, length + _LENGTH, left)
        for name, told in entries.items()
        if name[:2] != "__"
    }
    _check_apart(found)
    return found


def _tensor(path: Path, told: Any, base: int, left: int) -> StoredTensor:
    fields = told if isinstance(told, dict) else {}
    dtype, shape, ends = _TYPES.get(str(fields.get("dtype"))), fields.get("shape"), fields.get("data_offsets")
    if dtype is None or not isinstance(shape, list) or not isinstance(ends, list) or len(ends) != 2:
        raise refused("it describes a tensor of a type that is not known here")
    if not all(
        isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in (*shape, *ends)
    ):
        raise refused("it describes a tensor of impossible size")
    begin, end = ends
    size = math.prod(shape)
    if begin > end or end > left or end - begin != size * np.dtype(DTYPES[dtype]).itemsize:
        raise refused("it describes a tensor that is larger than its data")
    return view_of(Storage(path, dtype, base + begin, size), 0, shape, contiguous(tuple(shape)))


def _check_apart(tensors: dict[str, StoredTensor]) -> None:
    reached = 0
    for tensor in sorted(tensors.values(), key=lambda tensor: tensor.offset):
        if tensor.offset < reached:
            raise refused("its tensors lie over one another")
        reached = tensor.offset + tensor.storage.count * np.dtype(DTYPES[tensor.storage.dtype]).itemsize


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _length(start: bytes) -> int:
    return int.from_bytes(start[:_LENGTH], "little")
