# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: what users do with models, one method each; they run in the store's lanes, one for each model."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..models.listing import describe, fitted
from ..settings import DEFAULT_MODEL
from . import benching, computer
from .catalogue import catalogue
from .figures import Figures
from .helper import COMMAND
from .importing import Importer
from .intake import Intake
from .pins import Pins
from .providers import Providers, checked_choice, load_failed
from .pulling import Pull, Puller, check_accepted, known_or_new
from .quarantine import Quarantine
from .refusals import unwritable
from .staging import OUTGOING, Staging, begun, recover
from .verifying import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..models.model import Model
    from ..models.registry import Entry, Registry
    from ..models.sessions import SessionSettings
    from ..preferences import Preferences
    from .catalogue import Known
    from .progress import Task

log = logging.getLogger(__name__)


class Store:
    """The models of one home folder; `unload` gives a model's memory back before its files change."""

    def __init__(
        self,
        models: Path,
        registry: Registry,
        preferences: Preferences,
        threads: int,
        unload: Callable[[str], None],
        command: Sequence[str] = COMMAND,
        quarantine: Quarantine | None = None,
    ) -> None:
        self._models, self._registry, self._preferences = models, registry, preferences
        self._threads, self._unload, self._command = threads, unload, command
        self._quarantine = quarantine or Quarantine(models.parent, models.parent)
        self._turns: dict[str, threading.Lock] = {}
        self._pins = Pins(models.parent)
        self.figures = Figures(models.parent)
        self.providers = Providers(models.parent, command=command)
        recover(models)

    # Getting models, and letting them go.

    def pull(self, pull: Pull, task: Task) -> dict[str, Any]:
        """Get a model from its published source or from `pull.source`; one that is installed stays as it is.

        Raises:
            ModelError: `model.unknown`, `model.source`, `model.licence`, `model.download`, `model.tampered`,
                `model.refused`, `model.disk`.
        """
        known = known_or_new(pull)
        with task.turn(self._turns.setdefault(known.card.id, threading.Lock())):
            return self._pull(pull, known, task)

    def _pull(self, pull: Pull, known: Known, task: Task) -> dict[str, Any]:
        entry = self._entry(known.card.id)
        if entry is not None and entry.model is not None:
            return {"model": known.card.id, "state": "installed", "already": True}
        if not pull.source and not known.is_published:
            raise ModelError("model.source", f"{known.card.name} cannot be pulled. {known.obtain}")
        accepted = check_accepted(known, accept=pull.accept)
        staging = Staging(self._models, known.card.id)
        card = Puller(pull, known, staging, task, self._pins).run(self._intake(task), accepted)
        return self._arrived(card.id, pinned=card.details.get("pinned_on_first_download", []))

    def bring(self, paths: Sequence[Path], model_id: str, task: Task, *, link: bool) -> dict[str, Any]:
        """Import a model from the user's disk.

        Raises:
            ModelError: `model.refused`, `model.tampered`, `model.exists`, `model.card`, `model.disk`.
        """
        taken = frozenset(entry.id for entry in self._registry.list())
        card = Importer(self._models, task, taken).run(paths, model_id, self._intake(task), link=link)
        return self._arrived(card.id, linked=card.details.get("linked", ""))

    def verify(self, model_id: str, task: Task) -> dict[str, Any]:
        """Check one model's files, or every model's when the id is empty; one that is right is set aside no longer.

        Raises:
            ModelError: `model.unknown`.
        """
        entries = [self._need(model_id)] if model_id else list(self._registry.list())
        rows = [verify(entry, task, self._threads, self._command) for entry in entries]
        for row in rows:
            if row["ok"]:
                self._quarantine.lift(row["id"])
        return {"models": rows}

    def remove(self, model_id: str) -> None:
        """Remove a model's folder; files that were linked stay where they are.

        Raises:
            ModelError: `model.unknown`, `model.builtin`, `model.disk`.
        """
        entry = self._need(model_id)
        if entry.is_builtin:
            raise ModelError(
                "model.builtin", "The built-in model belongs to Maskwright and cannot be removed."
            )
        if entry.model is not None:
            self._unload(model_id)
        aside = entry.folder.with_name(f"{OUTGOING}{entry.folder.name}-{secrets.token_hex(4)}")
        try:
            (entry.folder / "card.json").unlink(missing_ok=True)  # so that a crash now does not bring it back
            entry.folder.rename(aside)
        except OSError as error:
            raise unwritable(error, f"The folder {entry.folder}") from error
        shutil.rmtree(aside, ignore_errors=True)
        Staging(self._models, model_id).discard()
        self.figures.forget(model_id)
        self._quarantine.lift(model_id)
        if self._preferences.default_model == model_id:
            self._preferences.choose(default_model=DEFAULT_MODEL)

    def set_default(self, model_id: str) -> None:
        """Make a model the one that is used when none is named.

        Raises:
            ModelError: `model.unknown`, `model.broken`, `model.disk`.
        """
        self._preferences.choose(default_model=self._registry.get(model_id).id)

    # Which model, on what.

    def bench(self, model_id: str, task: Task) -> dict[str, Any]:
        """Measure one model, or all when the id is empty, and say which suits how much patience.

        Raises:
            ModelError: `model.unknown`, `model.broken`.
        """
        if model_id:
            measured = [self._registry.get(model_id)]
        else:
            measured = [entry.model for entry in self._registry.list() if entry.model is not None]
        rows = []
        for index, model in enumerate(measured):
            task.stage("measuring", index, len(measured))
            found = benching.measure(
                model, self.providers_for(model, task), self._threads, task, self._command
            )
            if "error" not in found:
                self.figures.measured(model.id, found)
            rows.append({"id": model.id, "name": model.card.name, **found})
        known = {
            entry.id: self.figures.get(entry.id) for entry in self._registry.list() if entry.model is not None
        }
        ranks = {name: int(entry.card.details.get("rank", 0)) for name, entry in catalogue().items()}
        return {"models": rows, "recommended": benching.recommend(known, {**ranks, DEFAULT_MODEL: 0})}

    def doctor(self, choice: str, task: Task, *, probe: bool) -> dict[str, Any]:
        """Return the providers with their states, and the models set aside.

        `choice` chooses a provider, `probe` tries each with the default model.

        Raises:
            RequestError: `request.provider`.
        """
        if choice:
            self._preferences.choose(provider=checked_choice(choice))
        if probe:
            model = self._registry.get(self._preferences.default_model)
            for row in self.providers.report():
                if row["name"] != "cpu" and row["state"] != "absent":
                    self.providers.probe(row["name"], model, task, self._threads, again=True)
        return {
            "chosen": self._preferences.provider,
            "providers": self.providers.report(),
            "set_aside": self.quarantined(),
            "computer": computer.facts(),
        }

    def providers_for(self, model: Model, task: Task) -> tuple[str, ...]:
        """Return the execution providers that a model is to be loaded on, tried before."""
        return self.providers.choose(self._preferences.provider, model, task, self._threads)

    def load(self, model: Model, settings: Callable[[tuple[str, ...]], SessionSettings], task: Task) -> None:
        """Load a model on the chosen provider; where that fails, quarantine it and load it on the CPU.

        Raises:
            ModelError: `model.broken`, `model.contract`.
        """
        providers = self.providers_for(model, task)
        try:
            model.load(settings(providers))
        except ModelError as error:
            if len(providers) == 1:
                raise
            self.providers.quarantine(providers[0], model.id, load_failed(error))
            log.warning("%s failed with %s: %s", providers[0], model.id, error.detail)
            model.load(settings(providers[-1:]))

    # Telling.

    def quarantined(self) -> dict[str, str]:
        """Return the reason for each model that is set aside because its runs ended the daemon."""
        return self._quarantine.reasons()

    def listing(self, *, available: bool) -> tuple[dict[str, Any], ...]:
        """Return every installed model, and with `available` the known ones that are not; see `describe`."""
        rows = [self._described(entry) for entry in self._registry.list()]
        if available:
            there = {row["id"] for row in rows}
            rows += [row for name, row in offered().items() if name not in there]
        return fitted(rows)

    def begun(self) -> dict[str, int]:
        """Return the bytes that have come of models whose download broke off, or goes on."""
        return begun(self._models)

    def _described(self, entry: Entry) -> dict[str, Any]:
        row = describe(entry)
        if not row["reason"] and (reason := self._quarantine.reason(entry.id)):
            row |= {"state": "broken", "reason": reason}
        sizes = [file.size for file in entry.card.files.values()] if entry.card else []
        if sizes and all(size is not None for size in sizes):
            row["size_mb"] = round(sum(size or 0 for size in sizes) / 1e6, 3)
        accepted = (entry.folder / "accepted.json").is_file()
        return {**row, "measured": self.figures.get(entry.id), "licence_accepted": accepted}

    def _arrived(self, model_id: str, **details: Any) -> dict[str, Any]:
        log.info("The model %s was installed.", model_id)
        self._quarantine.lift(model_id)
        entry = self._need(model_id)
        told = {name: value for name, value in details.items() if value}
        return {
            "model": model_id,
            "state": "installed",
            **told,
            "card": asdict(entry.card) if entry.card else {},
        }

    def _intake(self, task: Task) -> Intake:
        return Intake(task, self._threads, self._command)

    def _entry(self, model_id: str) -> Entry | None:
        return next((entry for entry in self._registry.list() if entry.id == model_id), None)

    def _need(self, model_id: str) -> Entry:
        entry = self._entry(model_id)
        if entry is None:
            known = ", ".join(entry.id for entry in self._registry.list())
            raise ModelError("model.unknown", f"There is no model '{model_id}'; there are: {known}.")
        return entry


def offered() -> dict[str, dict[str, Any]]:
    """Return the rows of all known models by id, as a list shows them before they are installed."""
    rows = {}
    for name, known in catalogue().items():
        card = asdict(known.card)
        details = card.pop("details")
        details.pop("download", None)
        if known.archive is not None:
            details["package"] = {"url": known.archive.url, "sha256": known.archive.sha256}
        elif known.files:
            details["addresses"] = dict(known.files)
        state = "available" if known.is_published else "to be exported"
        rows[name] = {
            **card, "details": details, "size_mb": details.get("size_mb"), "state": state, "reason": "",
            "provider": "", "builtin": False, "measured": {}, "licence_accepted": False,
        }  # fmt: skip
    return rows
