# SPDX-License-Identifier: GPL-3.0-or-later
"""One model that suits this computer and this painter, and why it is that one."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Sequence

from .facts import Row, Standing
from .words import Words, duration, size

PATIENCE: Dict[str, Optional[float]] = {"quick": 1.0, "normal": 4.0, "patient": None}
"""Seconds that a painter waits for an image before the first click; None: any."""

SHARE = 0.5
"""The part of the memory that a model may take beside an editor and its pictures."""

LONGEST_CLICK = 0.3


class Advice(NamedTuple):
    """A model's id, and a sentence."""

    model: str
    why: str


def advise(rows: Sequence[Row], memory: Optional[float], patience: str, words: Words) -> Optional[Advice]:
    """Return the model of the highest rank that can be had, fits into the memory (bytes) and is quick enough.

    A model of which neither time nor memory is known is not recommended. Ranks come from a model's kind and size.
    None: there is no list yet.
    """
    seconds = PATIENCE[patience]
    fitting = [row for row in rows if _can_be_used(row) and _fits(row, memory) and _is_quick(row, seconds)]
    if fitting:
        best = max(fitting, key=lambda row: (row.rank, row.is_usable, -(row.image_seconds or 0)))
        return Advice(best.id, _why(best, memory, seconds, words))
    builtin = next((row for row in rows if row.is_builtin), None)
    if builtin is None:
        return None
    return Advice(builtin.id, words("No trained model fits this computer's memory and your patience."))


def _can_be_used(row: Row) -> bool:
    fine = (Standing.INSTALLED, Standing.AVAILABLE, Standing.COMING)
    return not row.is_builtin and row.standing in fine


def _fits(row: Row, memory: Optional[float]) -> bool:
    return row.memory is not None and (memory is None or row.memory <= memory * SHARE)


def _is_quick(row: Row, seconds: Optional[float]) -> bool:
    if row.image_seconds is None:
        return False
    return seconds is None or (row.image_seconds <= seconds and (row.click_seconds or 0) <= LONGEST_CLICK)


def _why(row: Row, memory: Optional[float], seconds: Optional[float], words: Words) -> str:
    needs = words("It needs {0} of memory", size(row.memory))
    if memory is not None:
        needs = words("It needs {0} of this computer's {1} of memory", size(row.memory), size(memory))
    waits = words("about {0} for an image", duration(row.image_seconds or 0))
    most = (
        words("the best of those that fit")
        if seconds is None
        else words("the best of those that take at most {0}", duration(seconds))
    )
    return words("{0} and {1}: {2}.", needs, waits, most)
