# SPDX-License-Identifier: GPL-3.0-or-later
"""Tensors as they lie in a file: where, of what type, in which strides. Nothing is read before it is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

DTYPES = {
    "float32": "<f4", "float64": "<f8", "float16": "<f2", "bfloat16": "<u2", "int64": "<i8", "int32": "<i4",
    "int16": "<i2", "int8": "<i1", "uint8": "<u1", "bool": "<u1",
}  # fmt: skip
"""What a tensor may hold, and how numpy reads it; bfloat16 is the upper half of a float32."""

ALIGNED = 64
MOST_AXES = 8


@dataclass(frozen=True)
class Storage:
    """A run of `count` values in a file, from the byte `offset` on."""

    path: Path
    dtype: str
    offset: int
    count: int


@dataclass(frozen=True)
class StoredTensor:
    """A view of a storage: its first value, shape and strides, all in values and inside the storage."""

    storage: Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def offset(self) -> int:
        """The byte of the file at which it begins."""
        return self.storage.offset + self.start * np.dtype(DTYPES[self.storage.dtype]).itemsize

    @property
    def can_be_pointed_at(self) -> bool:
        """Whether its bytes in the file are those of an ONNX tensor of float32, placed as ONNX Runtime likes them."""
        return (
            self.storage.dtype == "float32"
            and self.strides == contiguous(self.shape)
            and self.offset % ALIGNED == 0
        )

    def read(self) -> npt.NDArray[np.float32]:
        """Return its values as a contiguous array of float32."""
        if 0 in self.shape:
            return np.zeros(self.shape, np.float32)
        kind = np.dtype(DTYPES[self.storage.dtype])
        whole = np.memmap(self.storage.path, kind, "r", self.storage.offset, (self.storage.count,))
        steps = [stride * kind.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(whole[self.start :], self.shape, steps, writeable=False)
        if self.storage.dtype == "bfloat16":
            return (view.astype(np.uint32) << 16).view(np.float32)
        return np.asarray(view, np.float32, order="C")


def view_of(storage: object, start: object, shape: object, strides: object) -> StoredTensor:
    """Check what a file says of a tensor, and return it.

    Raises:
        ModelError: `model.refused` when it would lie outside its storage, or is no description of a tensor.
    """
    sizes, steps = _numbers(shape), _numbers(strides)
    if not isinstance(storage, Storage) or len(sizes) != len(steps) or len(sizes) > MOST_AXES:
        raise refused("it describes a tensor that is none")
    (first,) = _numbers((start,))
    if 0 not in sizes:
        last = first + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
        if last >= storage.count or math.prod(sizes) > storage.count:
            raise refused("it describes a tensor that is larger than its data")
    return StoredTensor(storage, min(first, storage.count), sizes, steps)


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of a tensor whose values lie one after the other."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _numbers(values: object) -> tuple[int, ...]:
    if not isinstance(values, (tuple, list)):
        raise refused("it describes a tensor that is none")
    if not all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48 for value in values
    ):
        raise refused("it describes a tensor of impossible size")
    return tuple(values)
