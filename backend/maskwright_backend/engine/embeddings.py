# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache that forgets what was used longest ago once its entries weigh more than its budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, Protocol, TypeVar


class EmbeddingKey(NamedTuple):
    """What an image embedding depends on; nothing else may change it.

    `model` is the object that stands for one state of the model's files, so that replaced files start afresh.
    """

    image: str
    model: Hashable
    preprocessing: str


class Weighted(Protocol):
    """Something that knows its size in bytes."""

    @property
    def nbytes(self) -> int:
        """The bytes that it holds."""
        ...


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Weighted)


class Cache(Generic[Key, Value]):
    """Safe to use from several threads; the newest entry stays whatever it weighs."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return the entry and mark it as used, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key: Key, value: Value) -> None:
        """Keep an entry, and forget old ones until the budget holds."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            while len(self._entries) > 1 and self._weight() > self._budget:
                self._entries.popitem(last=False)

    @property
    def nbytes(self) -> int:
        """The bytes of all entries."""
        with self._lock:
            return self._weight()

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def _weight(self) -> int:
        return sum(entry.nbytes for entry in self._entries.values())
