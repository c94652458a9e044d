# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON that anybody may have written: read with a limit to its size, its depth and its numbers, from plain files alone.

A pipe in the place of a file would hold its reader for ever, and what is deeper or larger than the wire takes could
never be told to anybody.
"""

from __future__ import annotations

import json
import math
import os
import stat
from typing import TYPE_CHECKING, Any

from maskwright_shared.plain_text import plain_lines

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST = 12
LONGEST_INTEGER = 18


def read_plain(path: Path, most: int) -> bytes:
    """Return the bytes of a plain file.

    Raises:
        OSError: when it cannot be read, or is a device, a pipe or a socket.
        ValueError: when it is longer than `most`.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, which no path stands for
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a file", str(path))
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most} bytes")
    return data


def parse(data: bytes, *, strict: bool = True) -> Any:
    """Return the JSON value in `data`, its texts without control characters.

    A number that is not finite is refused when `strict`, and becomes None else.

    Raises:
        ValueError: what is no JSON, or deeper than DEEPEST, or holds a whole number of more than 18 digits.
    """

    def mad(digits: str) -> Any:
        if strict:
            raise ValueError(f"it holds {digits[:20]}, which is no number that can be used")
        return None

    def number(digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else mad(digits)

    def whole(digits: str) -> Any:
        return int(digits) if len(digits) <= LONGEST_INTEGER else mad(digits)

    try:
        value = json.loads(data, parse_constant=mad, parse_float=number, parse_int=whole)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return _cleaned(value, DEEPEST)


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return plain_lines(value)
    if isinstance(value, (dict, list)) and not depth:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {plain_lines(name): _cleaned(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, depth - 1) for item in value]
    return value
