# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations as they are written (.po), read without a build step and without any library."""

from __future__ import annotations

import ast
from typing import Dict


def read_catalogue(text: str) -> Dict[str, str]:
    """Return {msgid: msgstr} of a .po file: plain entries with continued lines, no plurals, no contexts."""
    found: Dict[str, str] = {}
    parts: Dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), "msgid"]:
        word, _, rest = line.partition(" ")
        if word == "msgid":
            if parts.get("msgid") and parts.get("msgstr"):
                found[parts["msgid"]] = parts["msgstr"]
            parts = {}
        if word in ("msgid", "msgstr"):
            key, parts[word] = word, ast.literal_eval(rest) if rest else ""
        elif line.startswith('"') and key:
            parts[key] += ast.literal_eval(line)
    return found
