# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast each model is on this machine, as it was measured, in `figures.json` of the home folder."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..preferences import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ("provider", "by", "when")
LONGEST, LARGEST = 100, 1e12
NEWS = 2.0
"""A time in use is written down when it is this many times more or less than the last one."""


class Figures:
    """What `bench` measured, else what the first images in use took. Any thread may call it."""

    def __init__(self, home: Path) -> None:
        self._path = home / "figures.json"
        self._lock = threading.Lock()
        self._figures: dict[str, Any] | None = None

    def get(self, model_id: str) -> dict[str, Any]:
        """Return a model's figures, empty while it never ran: `encoder_ms`, `click_ms`, `memory_mb`, `provider`."""
        with self._lock:
            found = self._all().get(model_id)
            return _sound(found) if isinstance(found, dict) else {}

    def measured(self, model_id: str, figures: dict[str, Any]) -> None:
        """Write down what `bench` measured."""
        self._put(model_id, {**figures, "by": "bench", "when": _now()})

    def used(self, model_id: str, provider: str, **times: float) -> None:
        """Write down what use took, where there is no better measurement and it is news."""
        before = self.get(model_id)
        if before.get("by") == "bench" and before.get("provider") == provider:
            return
        if before.get("provider") == provider and not any(
            _is_news(before.get(n), t) for n, t in times.items()
        ):
            return
        kept = before if before.get("provider") == provider else {}
        rounded = {name: round(time, 1) for name, time in times.items()}
        self._put(model_id, {**kept, **rounded, "provider": provider, "by": "use", "when": _now()})

    def forget(self, model_id: str) -> None:
        """Forget a model that was removed."""
        with self._lock:
            figures = self._all()
            if figures.pop(model_id, None) is not None:
                write_json(self._path, figures)

    def _put(self, model_id: str, figures: dict[str, Any]) -> None:
        with self._lock:
            known = self._all()
            known[model_id] = figures
            try:
                write_json(self._path, known)
            except ModelError:
                return  # a figure that cannot be written is no reason to fail a click; it stays in memory

    def _all(self) -> dict[str, Any]:
        if self._figures is None:
            self._figures = read_json(self._path)
        return self._figures


def _sound(found: dict[str, Any]) -> dict[str, Any]:
    """Return what of a model's figures is a figure: numbers of 0 and more, short texts."""
    return {name: value for name, value in found.items() if _is_sound(name, value)}


def _is_sound(name: str, value: object) -> bool:
    if name in TEXTS:
        return isinstance(value, str) and len(value) <= LONGEST
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _is_news(before: object, now: float) -> bool:
    if not isinstance(before, (int, float)) or before <= 0:
        return True
    return not 1 / NEWS < now / before < NEWS


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
