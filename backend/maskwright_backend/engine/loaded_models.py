# SPDX-License-Identifier: GPL-3.0-or-later
"""The models in memory: each loaded once, lent to those who run it, and unloaded when nobody does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..models.model import Model
from ..models.registry import Registry
from ..store.quarantine import Quarantine
from .jobs import Job
from .memory import give_back

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5


@dataclass(eq=False)
class Place:
    """One model's place: `users` run it just now, `warm` says whether its decoder ran since it was loaded."""

    model: Model
    users: int = 0
    used: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)
    warm: bool = False
    unwanted: bool = False
    loading: threading.Lock = field(default_factory=threading.Lock)


class LoadedModels:
    """Loads models at their first use; loading one keeps nobody from another."""

    def __init__(
        self, registry: Registry, load: Callable[[Model, Job], None], idle: float, quarantine: Quarantine
    ) -> None:
        """Load with `load(model, job)`, which picks threads and execution providers; what runs is told `quarantine`."""
        self._quarantine = quarantine
        self._registry = registry
        self._load_sessions = load
        self._idle = idle
        self._lock = threading.Lock()
        self._places: dict[str, Place] = {}

    def find(self, model_id: str) -> Model:
        """Return the model of that id, loaded or not.

        Looking at every model's files would cost a click a millisecond; for one in use once in a while is enough.

        Raises:
            ModelError: `model.unknown`, `model.broken`, `model.quarantined`.
        """
        self._quarantine.check(model_id)
        place = self._places.get(model_id)
        now = time.monotonic()
        if place is not None and place.model.is_loaded and now - place.looked < LOOK_SECONDS:
            return place.model
        model = self._registry.get(model_id)
        if place is not None and place.model is model:
            place.looked = now
        return model

    @contextmanager
    def lend(self, model_id: str, job: Job) -> Iterator[Place]:
        """Lend a model, loaded; it stays loaded until it is given back. The first caller loads, the others wait.

        Raises:
            ModelError: `model.unknown`, `model.broken`, `model.contract`, `model.quarantined`.
        """
        place = self._enter(self.find(model_id))
        try:
            with self._quarantine.running(place.model.id):
                self._load(place, job)
                yield place
        finally:
            self._leave(place)

    def unload(self, model_id: str) -> None:
        """Give a model's memory back, as soon as nobody runs it."""
        place = self._places.get(self._registry.get(model_id).id)
        if place is not None:
            with self._lock:
                place.unwanted = True
                self._unload_unwanted(place)

    def unload_idle(self) -> None:
        """Unload the models that nobody used for a while."""
        with self._lock:
            for place in self._places.values():
                if place.model.is_loaded and time.monotonic() - place.used > self._idle:
                    place.unwanted = True
                    self._unload_unwanted(place)

    @property
    def names(self) -> list[str]:
        """What is loaded, with the execution provider that runs it."""
        models = [place.model for place in list(self._places.values())]
        return [f"{model.id} ({model.provider})" for model in models if model.is_loaded]

    def _enter(self, model: Model) -> Place:
        with self._lock:
            place = self._places.get(model.id)
            if place is not None and place.model is not model:  # its files were replaced: the old one goes
                place.unwanted = True
                self._unload_unwanted(place)
                place = None
            if place is None:
                place = self._places[model.id] = Place(model)
            place.users += 1
            place.unwanted = False
            return place

    def _load(self, place: Place, job: Job) -> None:
        with place.loading:
            job.check()
            if not place.model.is_loaded:
                started = time.monotonic()
                place.warm = False
                self._load_sessions(place.model, job)
                log.info(
                    "Loaded %s in %.2f s on %s.",
                    place.model.id, time.monotonic() - started, place.model.provider,
                )  # fmt: skip

    def _leave(self, place: Place) -> None:
        with self._lock:
            place.users -= 1
            place.used = time.monotonic()
            self._unload_unwanted(place)

    def _unload_unwanted(self, place: Place) -> None:
        if place.unwanted and not place.users and place.model.is_loaded:
            place.model.unload()
            give_back()
            log.info("Unloaded %s.", place.model.id)
