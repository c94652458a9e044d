# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed models as an editor offers them: a name, and what each costs on this machine."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional

from maskwright_shared.messages import Models

_READY = ("installed", "loaded")


class Offer(NamedTuple):
    """One installed model.

    `image_seconds` is how long a new image took before its first click, `click_seconds` how long a click did, both
    measured on this machine; None while the model has never run here. `licence` is the weights' licence.
    """

    id: str
    name: str
    licence: str = ""
    image_seconds: Optional[float] = None
    click_seconds: Optional[float] = None

    @property
    def label(self) -> str:
        """Return the name, with both figures where they are known: "Tiny (1.1 s + 24 ms)", in every language."""
        if self.image_seconds is None or self.click_seconds is None:
            return self.name
        return f"{self.name} ({duration(self.image_seconds)} + {duration(self.click_seconds)})"


def offers(reply: Models) -> List[Offer]:
    """Return the models of a reply that can be used, in its order; those that are damaged or absent are left out."""
    return [_offer(model) for model in reply.models if model.get("state") in _READY]


def duration(seconds: float) -> str:
    """Return a time for people: milliseconds below a second, tenths of a second below ten."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def _offer(model: Mapping[str, Any]) -> Offer:
    measured = model.get("measured")
    figures: Mapping[str, Any] = measured if isinstance(measured, Mapping) else {}
    return Offer(
        str(model["id"]),
        str(model.get("name") or model["id"]),
        str(model.get("licence") or ""),
        _seconds(figures.get("encoder_ms")),
        _seconds(figures.get("click_ms")),
    )


def _seconds(milliseconds: Any) -> Optional[float]:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or milliseconds < 0:
        return None
    return milliseconds / 1000
