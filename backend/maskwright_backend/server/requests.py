# SPDX-License-Identifier: GPL-3.0-or-later
"""The reception: each message is decoded and handed to what answers its type.

All of it runs on the loop's thread and returns at once; what takes longer goes to a lane.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from maskwright_shared import messages as m
from maskwright_shared import wire
from maskwright_shared.connection import Connection
from maskwright_shared.errors import DaemonError, MaskwrightError, ProtocolError, RequestError
from maskwright_shared.plain_text import plain
from maskwright_shared.version import PROTOCOL, VERSION

from ..engine.holder import EngineHolder
from ..engine.jobs import Job
from ..settings import Settings
from .clients import Client, Clients, withdrawn
from .desk import Desk
from .encodings import Encodings
from .images import ImageStore
from .loop import Loop
from .mask_requests import MaskRequests
from .picture_requests import PictureRequests
from .store_requests import StoreRequests
from .transfers import marked

MOST_PENDING = 1000
"""Requests of one connection that may be under way at once."""


class Reception:
    """The daemon's state and its answers."""

    def __init__(self, loop: Loop, connection: Connection, settings: Settings, engines: EngineHolder) -> None:
        self._loop = loop
        self._connection = connection
        self._engines = engines
        self._store = ImageStore(settings.image_budget)
        self._clients = Clients()
        self._desk = Desk(loop, self._store, self._clients)
        self._encodings = Encodings(loop, self._store, engines, self._desk.encode_lanes)
        self._started = time.monotonic()
        self.last_used = self._started
        pictures = PictureRequests(self._desk, self._store)
        self._store_requests = StoreRequests(loop, self._desk, engines)
        masks = MaskRequests(self._desk, self._store, self._encodings, engines)
        self._answers: dict[type[m.Message], Callable[[Client, int, Any], None]] = {
            m.Hello: self._hello,
            m.ImagePut: pictures.put,
            m.ImageStripe: pictures.stripe,
            m.ImageForget: pictures.forget,
            m.Encode: masks.encode,
            m.Segment: masks.segment,
            m.Apply: masks.apply,
            m.Everything: masks.everything,
            m.ModelsList: self._models_list,
            **self._store_requests.answers,
            m.ModelLoad: self._model_load,
            m.ModelUnload: self._model_unload,
            m.Cancel: self._cancel,
            m.Status: self._status,
            m.Shutdown: self._shutdown,
        }

    # Called by the loop.

    def received(self, identity: bytes, descriptor: int, frames: Sequence[Any]) -> None:
        """Answer one message; whatever is wrong with it, the answer is an Error and the daemon goes on."""
        self.last_used = time.monotonic()
        client = self._clients.get(identity, descriptor)
        try:
            id, message = wire.decode(frames)
            answer = self._admit(client, id, message)
        except Exception as error:  # noqa: BLE001 - answered and logged; one bad message must not end the daemon
            self._desk.refuse(client, _id_of(frames), error)
            return
        try:
            answer(client, id, message)
        except Exception as error:  # noqa: BLE001 - as above
            self._desk.fail(client, id, error)

    def departed(self, descriptor: int) -> None:
        """Withdraw all that a lost connection had asked for."""
        self.last_used = time.monotonic()
        for client in self._clients.carried_by(descriptor):
            self._desk.forget(client)

    @property
    def is_idle(self) -> bool:
        """Whether nobody who said hello is connected, and nothing is under way."""
        return not self._clients.names and not self._desk.load

    def tidy(self) -> None:
        """Give back what was not used for a while; called every few seconds."""
        engine = self._engines.ready
        if engine is not None:
            engine.unload_idle()
        if self.is_idle:
            self._store.trim()

    def stop(self) -> None:
        """Answer all that is under way with daemon.stopping; what computes is done once `is_done`."""
        self._desk.stop()

    def is_done(self) -> bool:
        """Return whether no work is left."""
        return not self._desk.load

    def _admit(self, client: Client, id: int, message: m.Message) -> Callable[[Client, int, Any], None]:
        answer = self._answers.get(type(message))
        if answer is None:
            raise ProtocolError("protocol.type", f"'{message.TYPE}' is not a request.")
        if not client.is_welcome and not isinstance(message, m.Hello):
            raise RequestError("request.hello", "Say hello first.")
        if message.ROLE == "request":
            _check_id(client, id, message)
        return answer

    # Requests about the daemon itself.

    def _hello(self, client: Client, id: int, hello: m.Hello) -> None:
        client.name = plain(hello.client).strip() or "?"
        proof = self._connection.proof(hello.nonce)
        self._desk.reply(client, id, m.Welcome(VERSION, proof, os.getpid(), self._default_model()))

    def _default_model(self) -> str:
        return self._engines.preferences.default_model

    def _cancel(self, client: Client, id: int, cancel: m.Cancel) -> None:
        self._desk.reply(client, id, m.Done())  # first: a simple client waits for it, and then for the other
        client.withdraw(cancel.target, withdrawn())

    def _shutdown(self, client: Client, id: int, shutdown: m.Shutdown) -> None:
        if shutdown.if_idle and (len(self._clients.names) > 1 or self._desk.load):
            raise DaemonError("daemon.busy", "The daemon is in use by another program: close that one first.")
        self._desk.reply(client, id, m.Done())
        self._loop.stop()

    def _status(self, client: Client, id: int, _: m.Status) -> None:
        engine = self._engines.ready
        report = {
            "version": VERSION,
            "protocol": PROTOCOL,
            "pid": os.getpid(),
            "uptime_seconds": round(time.monotonic() - self._started, 3),
            "clients": self._clients.names,
            "images": self._store.count,
            "image_bytes": self._store.used_bytes,
            "encoding": self._encodings.count,
            "jobs": self._desk.load,
            "memory_bytes": _resident_bytes(),
            **(
                engine.status()
                if engine is not None
                else {
                    "embeddings": 0,
                    "embedding_bytes": 0,
                    "loaded": [],
                    "quarantined": list(self._engines.quarantine.reasons().values()),
                }
            ),
        }
        self._desk.reply(client, id, m.StatusReport(report))

    # Requests about models.

    def _models_list(self, client: Client, id: int, wanted: m.ModelsList) -> None:
        marks = self._store_requests.transfers.marks()

        def work(_: Job) -> m.Message:
            engine = self._engines.get()
            found = engine.models(available=wanted.available)
            return m.Models(found.default_model, marked(found.models, marks, engine.store.begun()))

        self._desk.run(client, id, work, self._desk.list_lanes)

    def _model_load(self, client: Client, id: int, request: m.ModelLoad) -> None:
        def work(job: Job) -> m.Done:
            self._engines.get().load(request.model, job)
            return m.Done()

        self._desk.run(client, id, work, self._desk.encode_lanes, request.model)

    def _model_unload(self, client: Client, id: int, request: m.ModelUnload) -> None:
        def work(_: Job) -> m.Done:
            self._engines.get().unload(request.model)
            return m.Done()

        self._desk.run(client, id, work, self._desk.list_lanes)


def _check_id(client: Client, id: int, message: m.Message) -> None:
    if id in client.pending:
        raise RequestError("request.id", f"The id {id} is in use by another request.")
    if len(client.pending) >= MOST_PENDING and not isinstance(message, m.Cancel):
        raise RequestError(
            "request.too_many", f"{MOST_PENDING} requests are under way: wait for answers, or cancel some."
        )


def _id_of(frames: Sequence[Any]) -> int:
    """Return the id of a message that is otherwise wrong, 1 when even that cannot be read."""
    try:
        id = wire.peek(frames).get("id")
    except MaskwrightError:
        return 1
    return id if type(id) is int and 1 <= id <= 2**53 else 1


def _resident_bytes() -> int:
    """Return the resident memory of this process, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file of ours
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
