# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about models on the disk: they take their time, so they have lanes of their own, and tell of progress.

One lane for each model keeps two who get the same one apart; an import has one to itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maskwright_shared import messages as m
from maskwright_shared.errors import ModelError

from ..engine.holder import EngineHolder
from ..engine.jobs import Job
from ..store.progress import Task
from .clients import Client
from .desk import Desk
from .loop import Loop
from .transfers import Transfers

ASKED_FOR = ("model.licence", "model.source", "model.unknown")
"""Refusals at once, which are answers to who asked, and no trouble of a download."""

Work = Callable[[Any, Task], dict[str, Any] | None]


class StoreRequests:
    """One method for each message type; `answers` maps them."""

    def __init__(self, loop: Loop, desk: Desk, engines: EngineHolder) -> None:
        self._loop, self._desk, self._engines = loop, desk, engines
        self.transfers = Transfers()
        self.answers: dict[type[m.Message], Callable[[Client, int, Any], None]] = {
            m.ModelPull: self._pull,
            m.ModelStop: self._stop,
            m.ModelImport: self._import,
            m.ModelVerify: self._verify,
            m.ModelRemove: self._remove,
            m.ModelDefault: self._default,
            m.ModelBench: self._bench,
            m.Doctor: self._doctor,
        }

    def _pull(self, client: Client, id: int, wanted: m.ModelPull) -> None:
        from ..store.network import VARIABLES  # noqa: PLC0415 - an idle daemon does without the network's modules
        from ..store.pulling import Pull  # noqa: PLC0415

        environment = {
            name: value
            for name, value in (wanted.environment or {}).items()
            if name in VARIABLES and isinstance(value, str)
        }
        pull = Pull(wanted.model, wanted.source, wanted.accept, environment)
        if wanted.stay:
            client.staying.add(id)

        def work(store: Any, task: Task) -> dict[str, Any] | None:
            try:
                report: dict[str, Any] = store.pull(pull, task)
            except ModelError as error:
                if error.code not in ASKED_FOR:
                    self._note_failure(wanted.model, error.message)
                raise
            return report

        self._run(client, id, wanted.model, work)
        self.transfers.begin(client, id, wanted.model)

    def _note_failure(self, model: str, sentence: str) -> None:
        self._loop.post(lambda: self.transfers.failed(model, sentence))

    def _stop(self, client: Client, id: int, wanted: m.ModelStop) -> None:
        self.transfers.stop(wanted.model)
        self._desk.reply(client, id, m.Done())

    def _import(self, client: Client, id: int, wanted: m.ModelImport) -> None:
        paths = [Path(path) for path in wanted.paths]
        key = f"import {client.descriptor} {id}"
        self._run(
            client, id, key, lambda store, task: store.bring(paths, wanted.model, task, link=wanted.link)
        )

    def _verify(self, client: Client, id: int, wanted: m.ModelVerify) -> None:
        self._run(client, id, wanted.model, lambda store, task: store.verify(wanted.model, task))

    def _remove(self, client: Client, id: int, wanted: m.ModelRemove) -> None:
        self._run(client, id, wanted.model, lambda store, _: store.remove(wanted.model))

    def _default(self, client: Client, id: int, wanted: m.ModelDefault) -> None:
        self._run(client, id, wanted.model, lambda store, _: store.set_default(wanted.model))

    def _bench(self, client: Client, id: int, wanted: m.ModelBench) -> None:
        self._run(client, id, wanted.model, lambda store, task: store.bench(wanted.model, task))

    def _doctor(self, client: Client, id: int, wanted: m.Doctor) -> None:
        self._run(
            client, id, "doctor", lambda store, task: store.doctor(wanted.provider, task, probe=wanted.probe)
        )

    def _run(self, client: Client, id: int, key: str, work: Work) -> None:
        """Do work in a lane of the store's; a report or, where there is none, `done` answers."""

        def tell(progress: m.Progress) -> None:
            self._loop.post(lambda: self._tell(client, id, progress))

        def run(job: Job) -> m.Message:
            report = work(self._engines.get().store, Task(job.check, tell))
            return m.Done() if report is None else m.StoreReport(report)

        self._desk.run(client, id, run, self._desk.store_lanes, key)

    def _tell(self, client: Client, id: int, progress: m.Progress) -> None:
        self.transfers.progressed(client, id, progress)
        if id in client.pending:  # nothing follows the answer
            self._desk.tell(client, id, progress)
