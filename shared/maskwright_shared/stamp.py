# SPDX-License-Identifier: GPL-3.0-or-later
"""The stamp that a setup leaves in the environment it makes: what it was made from, or that it is unfinished."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Dict

STAMP = "maskwright-setup.json"
UNFINISHED = "unfinished"


def read_stamp(environment: Path) -> str:
    """Return what the environment in this folder was made from, UNFINISHED, or nothing where there is no stamp.

    A damaged stamp is that of a setup that was cut short.
    """
    path = environment / STAMP
    try:
        values: Dict[str, str] = json.loads(path.read_text("utf-8"))
        return str(values["made_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return UNFINISHED if path.exists() else ""


def write_stamp(environment: Path, made_from: str) -> None:
    """Write it in one step.

    Raises:
        OSError: the file cannot be written.
    """
    path = environment / STAMP
    temporary = path.with_name(f"{STAMP}.{os.getpid()}")
    temporary.write_text(json.dumps({"made_from": made_from}) + "\n", "utf-8")
    temporary.replace(path)
