# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine, made when it is first needed: numpy and ONNX Runtime cost a quarter of a second and 60 MB."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..preferences import Preferences
from ..settings import Settings
from .memory import map_large_blocks

if TYPE_CHECKING:
    from ..store.quarantine import Quarantine
    from .engine import Engine


class EngineHolder:
    """Makes one engine for all lanes; `get` belongs on a lane, since the first call takes a while."""

    def __init__(self, settings: Settings, models: Path, quarantine: Quarantine) -> None:
        self._settings = settings
        self._models = models
        self.preferences = Preferences(models.parent)
        self.quarantine = quarantine
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def get(self) -> Engine:
        """Return the engine, made by the first call."""
        with self._lock:
            if self._engine is None:
                from .engine import Engine  # noqa: PLC0415 - see the module's first line

                map_large_blocks()
                self._engine = Engine(self._settings, self._models, self.preferences, self.quarantine)
            return self._engine

    @property
    def ready(self) -> Engine | None:
        """The engine if it was made already; never waits."""
        return self._engine
