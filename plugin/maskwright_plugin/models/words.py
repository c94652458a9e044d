# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager's words in the user's language, from `translations/` beside this file; and sizes and times for people.

The texts of the cards have catalogues of their own (`cards.de.po`): a card may come to be without a translation.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Mapping, Optional

from ..catalogues import read_catalogue
from ..model_offers import duration

FOLDER = Path(__file__).parent / "translations"


class Words:
    """Translates; what has no translation stays as it is."""

    def __init__(self, catalogue: Optional[Mapping[str, str]] = None) -> None:
        self._catalogue: Mapping[str, str] = catalogue or {}

    @classmethod
    def of(cls, languages: Iterable[str]) -> Words:
        """Return the words of the first of the languages (as in "de_AT") that there is; English ends the search."""
        for path in _files(languages):
            if path is None:
                break
            if path.is_file():
                cards = path.with_name(f"cards.{path.name}")
                return cls({**_read(cards), **_read(path)})
        return cls()

    def __call__(self, text: str, *values: object) -> str:
        """Return the text in the user's language, with the values in the place of {0}, {1}."""
        found = self._catalogue.get(text, text)
        return found.format(*values) if values else found


def _read(path: Path) -> Dict[str, str]:
    return read_catalogue(path.read_text(encoding="utf-8")) if path.is_file() else {}


def environment_languages(environment: Mapping[str, str] = os.environ) -> List[str]:
    """Return the languages that gettext would take, the best first."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return environment[name].split(":")
    return []


def _files(languages: Iterable[str]) -> Iterator[Optional[Path]]:
    for name in languages:
        plain = name.replace("-", "_").partition(".")[0]
        for stem in dict.fromkeys((plain, plain.partition("_")[0])):
            yield None if stem in ("en", "C", "POSIX") else FOLDER / f"{stem}.po"


def size(count: Optional[float]) -> str:
    """Return bytes for people, a dash while unknown: "800 KB", "137 MB", "1.4 GB"."""
    if count is None:
        return "\N{EN DASH}"
    for unit, step in (("GB", 1e9), ("MB", 1e6)):
        if count >= step * 0.9995:
            value = count / step
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{count / 1e3:.0f} KB"


def time_left(seconds: float, words: Words) -> str:
    """Return how long it still takes, roughly."""
    if seconds < 90:
        return words("{0} s left", max(1, round(seconds)))
    if seconds < 5400:
        return words("{0} min left", round(seconds / 60))
    return words("{0} h left", round(seconds / 3600))


STAGES: Dict[str, str] = {
    "waiting": "Waiting for another download",
    "downloading": "Downloading",
    "copying": "Copying",
    "unpacking": "Unpacking",
    "checking": "Checking",
    "trying": "Trying it once",
    "measuring": "Measuring",
    "converting": "Converting",
}
"""What is done while a model comes or is looked at, by the progress's stage."""

__all__ = ["STAGES", "Words", "duration", "environment_languages", "size", "time_left"]
