# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's settings: defaults that suit a painter's machine, each one settable by an environment variable."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields

MIB = 1 << 20
DEFAULT_MODEL = "maskwright-builtin"


@dataclass(frozen=True)
class Settings:
    """Budgets in bytes, times in seconds. `MASKWRIGHT_` and the name in capitals sets one, e.g. MASKWRIGHT_THREADS."""

    threads: int = 0
    """Threads of one ONNX Runtime session; 0 is one for each processor this process may use."""
    image_budget: int = 768 * MIB
    """Pixels kept for masks at full size; the newest image is kept whatever its size."""
    embedding_budget: int = 512 * MIB
    """Image embeddings kept, so that going back to an image does not encode it again."""
    embedding_disk: int = 1024 * MIB
    """Image embeddings kept on the disk, so that a picture of yesterday is ready at once; 0 keeps none."""
    model_idle: float = 600.0
    """After this time without use a model gives its memory back."""
    idle: float = 1800.0
    """After this time without a client the daemon ends."""
    closer_look: int = 1
    """Whether small objects in large pictures are looked at once more, with their surroundings alone; 0 never does."""
    prepare: int = 1
    """Whether decoders are cut in two for quicker clicks, once for each on a machine; 0 leaves them as they are."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings; a value that is not a number of 0 or more raises ValueError with its name."""
        env = os.environ if environment is None else environment
        values: dict[str, float] = {}
        for field in fields(cls):
            name = f"MASKWRIGHT_{field.name.upper()}"
            if name in env:
                values[field.name] = _number(name, env[name], whole=isinstance(field.default, int))
        return cls(**values)  # type: ignore[arg-type]

    @property
    def thread_count(self) -> int:
        """The number of threads a session really gets."""
        if self.threads:
            return self.threads
        return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _number(name: str, text: str, *, whole: bool) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be a number of 0 or more, not {text!r}.")
    return value
