# SPDX-License-Identifier: GPL-3.0-or-later
"""One model as the manager shows it: the daemon's open object, read with care, with what it costs here."""

from __future__ import annotations

import enum
from typing import Any, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .times import figure, speed_factor


class Standing(enum.Enum):
    """What can be done with a model."""

    INSTALLED = "installed"
    COMING = "coming"
    """A download of it is under way, asked for by whomever."""
    AVAILABLE = "available"
    ELSEWHERE = "elsewhere"
    """It is not published as files that could be got; its card says how to come by it."""
    DAMAGED = "damaged"
    QUARANTINED = "quarantined"


_STANDINGS = {
    "installed": Standing.INSTALLED,
    "loaded": Standing.INSTALLED,
    "available": Standing.AVAILABLE,
    "to be exported": Standing.ELSEWHERE,
    "quarantined": Standing.QUARANTINED,
}


class Coming(NamedTuple):
    """How far a download is: bytes done and in all, None where they are not known; `fraction` from 0 to 1."""

    stage: str = "waiting"
    fraction: Optional[float] = None
    done: Optional[int] = None
    total: Optional[int] = None


class Row(NamedTuple):
    """A model. Sizes are bytes, memory too; times are seconds on this computer, `measured` or else expected."""

    id: str
    name: str
    standing: Standing
    good_for: str = ""
    licence: str = ""
    training_data: str = ""
    restrictions: Tuple[str, ...] = ()
    reason: str = ""
    obtain: str = ""
    download: Optional[float] = None
    disk: Optional[float] = None
    memory: Optional[float] = None
    image_seconds: Optional[float] = None
    click_seconds: Optional[float] = None
    measured: bool = False
    is_default: bool = False
    is_builtin: bool = False
    rank: float = 0
    begun: int = 0
    coming: Optional[Coming] = None
    card: Mapping[str, Any] = {}

    @property
    def is_usable(self) -> bool:
        """Whether an object can be picked with it now."""
        return self.standing is Standing.INSTALLED


def rows_of(models: Sequence[Mapping[str, Any]], default: str) -> Tuple[Row, ...]:
    """Return the models of a reply: the built-in one first, then those on this disk, then those to be had, by rank."""
    factor = speed_factor(models)
    rows = [_row(model, default, factor) for model in models]
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> Tuple[bool, bool, float, str]:
    there = row.standing not in (Standing.AVAILABLE, Standing.ELSEWHERE, Standing.COMING)
    return (not row.is_builtin, not there, row.rank, row.name)


def _row(model: Mapping[str, Any], default: str, factor: float) -> Row:
    details = _mapping(model.get("details"))
    measured, expected = _mapping(model.get("measured")), _mapping(details.get("expected_speed"))
    image, is_measured = _time(measured, expected, "encoder_ms", factor)
    click, _ = _time(measured, expected, "click_ms", factor)
    disk = figure(model.get("size_mb")) or figure(details.get("size_mb"))
    download = figure(details.get("download_mb")) or disk
    memory = figure(measured.get("memory_mb")) or figure(expected.get("memory_mb"))
    coming = _coming(model.get("coming"))
    return Row(
        id=str(model["id"]),
        name=str(model.get("name") or model["id"]),
        standing=Standing.COMING if coming else _STANDINGS.get(str(model.get("state")), Standing.DAMAGED),
        good_for=_text(details.get("good_for")) or _text(model.get("summary")),
        licence=_text(model.get("licence")),
        training_data=_text(model.get("training_data")),
        restrictions=tuple(_texts(details.get("restrictions"))),
        reason=_text(model.get("reason")) or _text(model.get("trouble")),
        obtain=_text(details.get("obtain")),
        download=None if download is None else download * 1e6,
        disk=None if disk is None else disk * 1e6,
        memory=None if memory is None else memory * 1e6,
        image_seconds=image,
        click_seconds=click,
        measured=is_measured,
        is_default=model["id"] == default,
        is_builtin=model.get("builtin") is True,
        rank=figure(details.get("rank")) or 0,
        begun=int(figure(model.get("begun_bytes")) or 0),
        coming=coming,
        card=model,
    )


def _time(
    measured: Mapping[str, Any], expected: Mapping[str, Any], name: str, factor: float
) -> Tuple[Optional[float], bool]:
    """Return a time in seconds and whether it was measured here; what is expected is scaled to this computer."""
    here = figure(measured.get(name))
    if here is not None:
        return here / 1000, True
    there = figure(expected.get(name))
    return (None if there is None else there * factor / 1000), False


def _coming(value: Any) -> Optional[Coming]:
    if not isinstance(value, Mapping):
        return None
    done, total = figure(value.get("done")), figure(value.get("total"))
    return Coming(
        _text(value.get("stage")) or "waiting",
        figure(value.get("fraction")),
        None if done is None else int(done),
        None if total is None else int(total),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> List[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, (list, tuple)) else []
