# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole card of a model as labelled lines."""

from __future__ import annotations

from typing import Any, List, Mapping, Tuple

from .facts import Row, Standing
from .words import Words, duration, size

LABELS = {
    "summary": "What it is",
    "family": "Family",
    "parameters": "Parameters",
    "licence": "Licence of the weights",
    "licence_url": "Text of the licence",
    "training_data": "Trained on",
    "training_data_licences": "Licences of the data",
    "restrictions": "What that restricts",
    "limits": "Limits",
    "osaid": "Class by OSAID 1.0",
    "mof": "Class by MOF",
    "paper": "Paper",
    "source": "Source",
    "facts_from": "Facts from",
}
"""The card's fields in the order in which they are read, and what they are called."""


def details(row: Row, words: Words) -> List[Tuple[str, str]]:
    """Return label and text of each thing that is known of a model; what is empty is left out."""
    card: Mapping[str, Any] = {**row.card, **_mapping(row.card.get("details"))}
    lines = [(words("Name"), f"{row.name} ({row.id})"), (words("State"), standing_line(row, words))]
    if row.good_for:
        lines.append((words("Good for"), words(row.good_for)))
    if row.obtain and row.standing is Standing.ELSEWHERE:
        lines.append((words("How to get it"), words(row.obtain)))
    lines.append((words("Size"), size_line(row, words)))
    lines.append((words("Time"), time_line(row, words)))
    lines += [
        (words(label), _flat(card.get(name), words)) for name, label in LABELS.items() if card.get(name)
    ]
    lines += [(words("File"), f"{name}: {_hash(file, words)}") for name, file in _files(card)]
    return lines


def standing_line(row: Row, words: Words) -> str:
    """Return a model's state in words, with the reason where it is not well."""
    if row.standing in (Standing.DAMAGED, Standing.QUARANTINED):
        word = words("Damaged") if row.standing is Standing.DAMAGED else words("Not trusted")
        return words("{0}: {1}", word, words(row.reason)) if row.reason else word
    if row.standing is Standing.INSTALLED:
        return words("Installed, used by default") if row.is_default else words("Installed")
    if row.standing is Standing.AVAILABLE:
        if row.begun:
            return words("To be had, {0} are here already", size(row.begun))
        return words("To be had")
    return words("Coming") if row.standing is Standing.COMING else words("To be had from elsewhere")


def size_line(row: Row, words: Words) -> str:
    """Return download, disk and memory in one line."""
    if row.is_builtin:
        return words("ships with Maskwright")
    parts = [] if row.is_usable else [words("download {0}", size(row.download))]
    return ", ".join([*parts, words("disk {0}", size(row.disk)), words("memory {0}", size(row.memory))])


def time_line(row: Row, words: Words) -> str:
    """Return the time for an image and for a click, and whether that was measured or is expected."""
    if row.image_seconds is None:
        return words("not measured yet")
    line = words("{0} an image", duration(row.image_seconds))
    if row.click_seconds is not None:
        line = words("{0}, {1} a click", line, duration(row.click_seconds))
    return words("{0} (measured here)", line) if row.measured else words("{0} (expected here)", line)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _files(card: Mapping[str, Any]) -> List[Tuple[str, Any]]:
    return list(_mapping(card.get("files")).items())


def _hash(file: Any, words: Words) -> str:
    known = _mapping(file).get("sha256")
    return f"SHA-256 {known}" if known else words("its SHA-256 is noted when it comes")


def _flat(value: Any, words: Words) -> str:
    if isinstance(value, (list, tuple)):
        return "\n".join(words(str(item)) for item in value)
    return words(str(value))
