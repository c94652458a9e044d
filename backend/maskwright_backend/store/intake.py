# SPDX-License-Identifier: GPL-3.0-or-later
"""The last steps of every way in: files checked where they will stay, hashed, tried out, and renamed in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..models.card import Card, CardFile
from . import card_maker
from .catalogue import by_file_hashes
from .hashing import sha256_of
from .helper import COMMAND
from .inspection import Pair, needed_files, try_out
from .refusals import tampered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .progress import Task
    from .staging import Staging


class Intake:
    """Checks a pair of graphs and installs it under a card; `threads` and `command` are the trial's."""

    def __init__(self, task: Task, threads: int, command: Sequence[str] = COMMAND) -> None:
        self._task, self._threads, self._command = task, threads, command

    def install(
        self,
        staging: Staging,
        pair: Pair,
        card: Card,
        came_from: str,
        *,
        either_order: bool = False,
        fresh: bool = False,
        accepted: dict[str, Any] | None = None,
        **details: Any,
    ) -> Card:
        """Check the pair, which lies in its place already, and rename the model in; return its card.

        Raises:
            ModelError: `model.refused`, `model.tampered`, `model.disk`; when it must be `fresh`, `model.exists`.
        """
        needed = needed_files(pair, self._task)
        files = self._files(pair, needed, card.files)
        known = by_file_hashes(files)
        card = replace(known.card, id=card.id) if known is not None else card
        family, pair = try_out(
            pair,
            self._task,
            self._threads,
            family=card.family or None,
            either_order=either_order,
            command=self._command,
        )
        made = card_maker.finished(card, family, pair, files, came_from, **details)
        self._task.check()
        staging.install(made, accepted, fresh=fresh)
        return made

    def _files(self, pair: Pair, needed: Sequence[str], known: Mapping[str, CardFile]) -> dict[str, CardFile]:
        """Return the real hash and size of each file, compared with those the card knows."""
        files = {}
        for name in needed:
            path = pair.root / name
            found = CardFile(sha256_of(path, self._task), path.stat().st_size)
            expected = known.get(name, CardFile(None, None)).sha256
            if expected not in (None, found.sha256):
                raise tampered(
                    f"{name} is not the file that the model's card describes: get the model again."
                )
            files[name] = found
        return files
