# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface's words in the user's language, from `locale/` beside this package."""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "maskwright-select"
FOLDER = Path(__file__).resolve().parent.parent / "locale"

_catalogue = gettext.translation(DOMAIN, str(FOLDER), fallback=True)


def _(text: str) -> str:
    """Return the text in the user's language, or as it is where there is no translation."""
    return _catalogue.gettext(text) if text else ""
