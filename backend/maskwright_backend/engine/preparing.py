# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoders are cut in two beside all other work: once for each on a machine, in a process of its own."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from ..store.helper import HelperFailure, ask
from ..store.progress import Task

if TYPE_CHECKING:
    from pathlib import Path

    from ..models.model import Model

log = logging.getLogger(__name__)

MOST_SECONDS = 300.0


class Preparing:
    """Looks at each model once; what it comes to is used from the next click on, and by later daemons at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[Path] = set()

    def look_at(self, model: Model) -> None:
        """Have the loaded model's decoder cut if nobody tried on this machine; it does not wait for that."""
        _, decoder = model.paths
        wanted = model.wanted_halves if decoder not in self._seen else ()
        self._seen.add(decoder)
        if wanted:
            arguments = (model, decoder, wanted)
            threading.Thread(target=self._prepare, args=arguments, name="preparing", daemon=True).start()

    def _prepare(self, model: Model, decoder: Path, wanted: tuple[str, ...]) -> None:
        request = {
            "do": "prepare", "decoder": str(decoder), "family": model.family.name,
            "wanted": list(wanted), "folder": str(self._folder),
        }  # fmt: skip
        try:
            answer = ask(request, Task(lambda: None), MOST_SECONDS)
        except HelperFailure as failure:
            log.warning("%s is used uncut: %s %s", decoder, failure.reason, failure.detail)
            return
        log.info("%s: %s", decoder, answer)
        model.take_halves()
