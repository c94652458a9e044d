# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list of models says of each one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .registry import Entry


def describe(entry: Entry) -> dict[str, Any]:
    """Return a model as an open object: its card's fields, its `state`, and the reason when it is "broken".

    `state` is "loaded", "installed" or "broken"; `provider` is the execution provider while it is loaded.
    """
    model = entry.model
    state = "broken" if model is None else "loaded" if model.is_loaded else "installed"
    card = asdict(entry.card) if entry.card is not None else {"name": entry.id, "family": "", "licence": ""}
    return {
        **card,
        "id": entry.id,
        "state": state,
        "reason": entry.reason,
        "provider": model.provider if model is not None else "",
        "builtin": entry.is_builtin,
    }
