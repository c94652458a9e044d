# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list of models says of each one, and how much of it fits into one message."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .registry import Entry

log = logging.getLogger(__name__)

ROOM = 240 * 1024
"""What rows may take together of the 256 KB that a message's header has."""

MOST_ROWS = 1000
SHORTEST = {"name": 100, "family": 40, "licence": 100, "state": 40, "reason": 300, "provider": 60}


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


def fitted(rows: Sequence[dict[str, Any]], room: int = ROOM) -> tuple[dict[str, Any], ...]:
    """Return the rows as far as one message holds them: the largest are cut to what a list shows, the last left out."""
    kept = list(rows[:MOST_ROWS])
    sizes = [_weight(row) for row in kept]
    for index in sorted(range(len(kept)), key=lambda index: -sizes[index]):
        if sum(sizes) <= room:
            break
        kept[index] = _short(kept[index])
        sizes[index] = _weight(kept[index])
    while sum(sizes) > room:
        del kept[-1], sizes[-1]
    if len(kept) < len(rows):
        log.warning("There are %d models, and the list shows %d of them.", len(rows), len(kept))
    return tuple(kept)


def _weight(row: dict[str, Any]) -> int:
    return len(json.dumps(row, separators=(",", ":"))) + 1


def _short(row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(row.get(name, ""))[:most] for name, most in SHORTEST.items()}
    return {**texts, "id": row["id"], "builtin": row.get("builtin", False), "measured": {}, "details": {}}
