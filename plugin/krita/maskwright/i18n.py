# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface's texts in the user's language: our catalogues first, then Krita's own translations.

Krita loads catalogues for what it ships alone, so a plugin's lie beside it. They are read as they are written (.po),
without a build step. The language is the one chosen in Krita's settings, which Krita puts into LANGUAGE.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterator, List

from maskwright_plugin.catalogues import read_catalogue

from .krita_host import application
from .qt import QtCore

FOLDER = Path(__file__).parent / "translations"


def wanted_languages() -> List[str]:
    """Return the user's languages, the best first, as in "de_AT"."""
    chosen = [name for name in os.environ.get("LANGUAGE", "").split(":") if name]
    return [name.replace("-", "_") for name in [*chosen, *QtCore.QLocale().uiLanguages()]]


def _files(languages: List[str]) -> Iterator[Path]:
    for name in languages:
        for stem in (name.partition(".")[0], name.partition("_")[0]):
            if stem in ("en", "en_US"):
                return
            yield FOLDER / f"{stem}.po"


def _load() -> Dict[str, str]:
    for path in _files(wanted_languages()):
        if path.is_file():
            return read_catalogue(path.read_text(encoding="utf-8"))
    return {}


_catalogue = _load()


def tr(text: str) -> str:
    """Return the text in the user's language."""
    return _catalogue.get(text) or application.krita_text(text)
