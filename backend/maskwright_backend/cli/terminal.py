# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal or a shell does to a command: odd encodings, closed outputs, numbers that look like options."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from maskwright_shared.places import find_places

_NEGATIVE = re.compile(r"-(\d|\.\d|inf|nan)", re.IGNORECASE)


def prepare_outputs() -> None:
    """Make sure that every text can be written: what an encoding lacks is spelled out, what is closed swallows it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush_outputs() -> None:
    """Write what is still held back, while an error of it can be told.

    Raises:
        OSError: a disk is full, or nobody reads any more.
    """
    sys.stdout.flush()


def settle_outputs() -> None:
    """Have the end of the process say nothing of its own about output that cannot be written any more."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def joined(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--box -5,-5,9,9` as `--box=-5,-5,9,9`; argparse would take it for an option."""
    made: list[str] = []
    for argument in arguments:
        if made and _NEGATIVE.match(argument) and re.fullmatch(r"--[^=]+", made[-1]) and "--" not in made:
            made[-1] += f"={argument}"
        else:
            made.append(argument)
    return made


def log_fault(error: BaseException) -> str:
    """Keep the traceback of a fault of our own; return where it lies, or nothing."""
    path = find_places().logs / "command.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            traceback.print_exception(error, file=log)
    except OSError:
        return ""
    return str(path)
