# SPDX-License-Identifier: GPL-3.0-or-later
"""The downloads that are under way, for all clients alike: how far each is, and why the last one failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maskwright_shared.messages import Progress

from .clients import Client, withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(eq=False)
class Transfer:
    """One request to pull a model, and how far it is."""

    client: Client
    id: int
    model: str
    progress: Progress

    @property
    def is_wanted(self) -> bool:
        """Whether it is neither answered nor withdrawn."""
        return self.id in self.client.pending


class Transfers:
    """All of it runs on the loop's thread."""

    def __init__(self) -> None:
        self._known: list[Transfer] = []
        self._troubles: dict[str, str] = {}

    def begin(self, client: Client, id: int, model: str) -> Transfer:
        """Note a pull whose request is under way; what went wrong with the last one is forgotten."""
        self._troubles.pop(model, None)
        transfer = Transfer(client, id, model, Progress("waiting"))
        self._known = [*self._wanted(), transfer]
        return transfer

    def progressed(self, client: Client, id: int, progress: Progress) -> None:
        """Note how far a request is, if it is a pull."""
        for transfer in self._known:
            if transfer.client is client and transfer.id == id:
                transfer.progress = progress

    def failed(self, model: str, sentence: str) -> None:
        """Note why a pull ended, for those who did not ask for it and for who has left meanwhile."""
        self._troubles[model] = sentence

    def stop(self, model: str) -> None:
        """Withdraw every pull of a model, whoever asked for it."""
        for transfer in [transfer for transfer in self._wanted() if transfer.model == model]:
            transfer.client.withdraw(transfer.id, withdrawn())

    def marks(self) -> dict[str, dict[str, Any]]:
        """Return by model what a list says of its download: `coming` with the progress, or `trouble`."""
        marks: dict[str, dict[str, Any]] = {model: {"trouble": why} for model, why in self._troubles.items()}
        for transfer in self._wanted():
            now = transfer.progress
            coming = {"stage": now.stage, "fraction": now.fraction, "done": now.done, "total": now.total}
            if now.stage != "waiting" or "coming" not in marks.get(transfer.model, {}):
                marks[transfer.model] = {"coming": coming}
        return marks

    def _wanted(self) -> Iterator[Transfer]:
        return (transfer for transfer in self._known if transfer.is_wanted)


def marked(
    rows: Sequence[dict[str, Any]], marks: dict[str, dict[str, Any]], begun: dict[str, int]
) -> tuple[dict[str, Any], ...]:
    """Return a list's rows with what there is to say of their downloads; `begun`: bytes that have come so far."""
    told = []
    for row in rows:
        bytes_there = {"begun_bytes": begun[row["id"]]} if begun.get(row["id"]) else {}
        told.append({**row, **bytes_there, **marks.get(row["id"], {})})
    return tuple(told)
