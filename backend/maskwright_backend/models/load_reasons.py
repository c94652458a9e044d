# SPDX-License-Identifier: GPL-3.0-or-later
"""Why ONNX Runtime did not load or run a graph, from what it says into what a user can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_UPDATE = "export the model for that, or update Maskwright's backend"


def reason_of(text: str, version: str) -> str:
    """Return the end of a sentence for an error's text, empty where it is of no known kind.

    `version` is that of the installed ONNX Runtime.
    """
    for pattern, told in _KINDS.items():
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return told(version, *found.groups())
    return ""


def _opset(version: str, wanted: str, most: str) -> str:
    return f"it is written in opset {wanted}, and the installed ONNX Runtime {version} takes up to {most}: {_UPDATE}"


def _format(version: str, wanted: str, most: str) -> str:
    return (
        f"its IR version is {wanted}, and the installed ONNX Runtime {version} takes up to {most}: {_UPDATE}"
    )


def _operator(version: str, name: str) -> str:
    return f"its operator {name} is none that the installed ONNX Runtime {version} has: export the model without it"


def _short(_: str, wanted: str, there: str) -> str:
    return (
        f"its data file has {there} bytes where {wanted} more are wanted: it was cut short, so get it again"
    )


def _broken(_: str) -> str:
    return "it is damaged or cut short: get it again"


def _memory(_: str) -> str:
    return "it needs more memory than there is: close other programs, or choose a smaller model"


_KINDS: dict[str, Callable[..., str]] = {
    r"Opset (\d+) is under development.*?till opset (\d+)": _opset,
    r"model IR version: (\d+), max supported IR version: (\d+)": _format,
    r"No Op registered for (\S+) with": _operator,
    r"Fatal error: (\S+) is not a registered": _operator,
    r"Could not find an implementation for ([^\s(]+)": _operator,
    r"size to read: (\d+).*?file_length: (\d+)": _short,
    r"Protobuf parsing failed": _broken,
    r"[Ff]ailed to allocate memory|bad_alloc|bad allocation": _memory,
}
