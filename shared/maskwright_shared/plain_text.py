# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of strangers made plain: what would move a terminal's cursor, turn a line around or begin a new one goes."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, among them the start of every terminal sequence
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that write a line backwards
    "\u2028\u2029"  # ends of lines that are not "\n"
    "\ud800-\udfff]"  # half characters, which no file and no terminal can take
)


def plain(text: str) -> str:
    """Return the text in one line, each character that is no text replaced by a space ("?" for half a character)."""
    return _UNPRINTABLE.sub(lambda found: "?" if "\ud800" <= found[0] <= "\udfff" else " ", text)


def plain_lines(text: str) -> str:
    """Return the text made plain with its line ends kept."""
    return "\n".join(map(plain, text.split("\n")))
