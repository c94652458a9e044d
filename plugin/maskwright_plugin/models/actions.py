# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a model in its present state, and what the buttons for that are called."""

from __future__ import annotations

import enum
from typing import List, Tuple

from .facts import Row, Standing
from .words import Words


class Action(enum.Enum):
    """A button beside a model."""

    GET = "get"
    CANCEL = "cancel"
    USE = "use"
    DEFAULT = "default"
    CHECK = "check"
    MEASURE = "measure"
    REMOVE = "remove"
    DETAILS = "details"


def actions(row: Row, *, in_use: bool) -> List[Action]:
    """Return what can be done, the most likely wish first; `in_use`: this editor picks with it now."""
    if row.standing is Standing.COMING:
        return [Action.CANCEL, Action.DETAILS]
    if row.standing is Standing.AVAILABLE:
        return [Action.GET, Action.DETAILS]
    if row.standing is Standing.ELSEWHERE:
        return [Action.DETAILS]
    found: List[Action] = []
    if row.is_usable and not in_use:
        found.append(Action.USE)
    if row.is_usable and not row.is_default:
        found.append(Action.DEFAULT)
    found += [Action.CHECK, Action.MEASURE] if row.is_usable else [Action.CHECK]
    if not row.is_builtin:
        found.append(Action.REMOVE)
    return [*found, Action.DETAILS]


def label(action: Action, row: Row, words: Words) -> str:
    """Return a button's text; three dots where something is asked first."""
    texts = {
        Action.GET: words("Go On…") if row.begun else words("Get…"),
        Action.CANCEL: words("Cancel Download"),
        Action.USE: words("Use Now"),
        Action.DEFAULT: words("Use by Default"),
        Action.CHECK: words("Check"),
        Action.MEASURE: words("Measure"),
        Action.REMOVE: words("Remove…"),
        Action.DETAILS: words("Details…"),
    }
    return texts[action]


def removal(row: Row, words: Words) -> Tuple[str, str]:
    """Return the question before a model is removed, and the words of the button that does it."""
    question = words("Remove {0} from this computer? It can be had again later.", row.name)
    return question, words("Remove")
