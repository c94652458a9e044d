# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface's words in the user's language, from `locale/` beside this package."""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from typing import Optional

from .elsewhere import SENTENCES

DOMAIN = "maskwright-select"
FOLDER = Path(__file__).resolve().parent.parent / "locale"

_catalogue = gettext.translation(DOMAIN, str(FOLDER), fallback=True)
_GAP = re.compile(r"\\{(\w+)\\}")


def _(text: str) -> str:
    """Return the text in the user's language, or as it is where there is no translation."""
    return _catalogue.gettext(text) if text else ""


def told(sentence: str) -> str:
    """Return a sentence that was written elsewhere in the user's language, as far as it is known (SENTENCES).

    One that is not known is introduced in the user's language and shown as it is.
    """
    known = _(sentence)
    if known != sentence or not sentence or not isinstance(_catalogue, gettext.GNUTranslations):
        return known
    found = next(filter(None, (_filled(template, sentence) for template in SENTENCES)), None)
    return found or _("In English: {sentence}").format(sentence=sentence)


def _filled(template: str, sentence: str) -> Optional[str]:
    """Return the template's translation with what the sentence has in its gaps; None where it is another sentence."""
    if "{" not in template:
        return None
    pattern = _GAP.sub(r"(?P<\1>.+?)", re.escape(template))
    match = re.fullmatch(pattern, sentence, re.DOTALL)
    return match and _(template).format(**match.groupdict())
