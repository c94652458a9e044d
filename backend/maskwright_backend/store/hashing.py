# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash of a file, with progress."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .progress import Task


def sha256_of(path: Path, task: Task) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, with progress."""
    digest = hashlib.sha256()
    done, total = 0, path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            done += len(chunk)
            task.stage("checking", done, total)
    return digest.hexdigest()
