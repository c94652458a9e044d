# SPDX-License-Identifier: GPL-3.0-or-later
"""Image embeddings on the disk: a picture that was open yesterday is ready at once, also for a new daemon.

One private file for each: a line of JSON (what it is of, the tensors' names, types and shapes, the hash of what
follows), then the tensors' bytes, in 16 bits where their values fit. The oldest go first when the budget is spent.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xxhash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from ..models.model import Model

log = logging.getLogger(__name__)

FORMAT = 1
LONGEST_HEADER = 1 << 16
LARGEST_HALF = 65504.0
"""What 16 bits can hold; a tensor with larger values keeps its 32."""

Tensors = dict[str, "NDArray[Any]"]


class KeptKey(NamedTuple):
    """What an embedding depends on; `model` changes with its files, `size` is the picture's (width, height)."""

    image: str
    model: str
    preprocessing: str
    size: tuple[int, int]

    @property
    def file_name(self) -> str:
        """A name for this and no other."""
        return f"{xxhash.xxh3_128_hexdigest(json.dumps(self).encode())}.embedding"


def kept_key(image: str, model: Model, size: tuple[int, int]) -> KeptKey:
    """Return the key; a model whose files were replaced is another one, by their size and time."""
    encoder, _ = model.paths
    found = encoder.stat()
    state = f"{model.id} {found.st_size} {found.st_mtime_ns}"
    return KeptKey(image, state, model.preprocessing_version, size)


class KeptEmbeddings:
    """A folder of embeddings of at most `budget` bytes; 0 keeps nothing. Safe to use from several threads.

    Whatever goes wrong with a file or the disk, the picture is encoded anew: nothing here raises.
    """

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget
        self._lock = threading.Lock()

    def get(self, key: KeptKey) -> Tensors | None:
        """Return an embedding's tensors in 32 bits, or None; one that is damaged is removed."""
        path = self._folder / key.file_name
        if not self._budget:
            return None
        try:
            data = path.read_bytes()
            tensors = _read(data, key)
            os.utime(path)  # used just now: others go before it
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            log.warning("A kept embedding is damaged and removed: %s", error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return tensors

    def put(self, key: KeptKey, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Keep an embedding, on a thread of its own: the disk may be slow."""
        if self._budget:
            arguments = (key, dict(tensors))
            threading.Thread(target=self._write, args=arguments, name="keep embedding", daemon=True).start()

    def _write(self, key: KeptKey, tensors: Tensors) -> None:
        data = _written(key, tensors)
        with self._lock, contextlib.suppress(OSError):  # a full disk, a read-only home: then not
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._make_room(len(data)):
                return
            part = self._folder / f"{key.file_name}.{os.getpid()}.part"
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                part.replace(self._folder / key.file_name)
            finally:
                part.unlink(missing_ok=True)

    def _make_room(self, size: int) -> bool:
        files = [(found.stat(), found) for found in self._folder.iterdir() if found.is_file()]
        files.sort(key=lambda pair: pair[0].st_mtime_ns)
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in files:
            if total + size <= self._budget:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size
        return total + size <= self._budget


def _written(key: KeptKey, tensors: Tensors) -> bytes:
    arrays = {name: _halved(values) for name, values in tensors.items()}
    body = b"".join(values.tobytes() for values in arrays.values())
    header = {
        "format": FORMAT,
        "of": key,
        "tensors": [[name, values.dtype.name, values.shape] for name, values in arrays.items()],
        "hash": xxhash.xxh3_128_hexdigest(body),
    }
    return json.dumps(header).encode() + b"\n" + body


def _read(data: bytes, key: KeptKey) -> Tensors:
    """Return the tensors.

    Raises:
        ValueError, KeyError, TypeError: the file is not what was written for this key.
    """
    end = data.index(b"\n", 0, LONGEST_HEADER)
    header, body = json.loads(data[:end]), memoryview(data)[end + 1 :]
    if header["format"] != FORMAT or header["of"] != json.loads(json.dumps(key)):
        raise ValueError("it is of something else")
    if xxhash.xxh3_128_hexdigest(body) != header["hash"]:
        raise ValueError("its bytes were changed")
    tensors, at = {}, 0
    for name, kind, shape in header["tensors"]:
        count = int(np.prod(shape))
        values = np.frombuffer(body, np.dtype(kind), count, at)
        tensors[name] = values.reshape(shape).astype(np.float32)
        at += values.nbytes
    return tensors


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    fits = values.dtype == np.float32 and bool(np.abs(values).max(initial=0.0) <= LARGEST_HALF)
    return values.astype(np.float16) if fits else np.ascontiguousarray(values)
