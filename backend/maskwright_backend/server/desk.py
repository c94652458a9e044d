# SPDX-License-Identifier: GPL-3.0-or-later
"""Where requests get their answers: replies, errors, and work that is done in a lane first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from maskwright_shared.errors import Cancelled, DaemonError, MaskwrightError
from maskwright_shared.messages import Error, Message, Progress

from ..engine.jobs import Job, Lanes, stopping
from ..imaging.stored import StoredImage
from .clients import Client, Clients, withdrawn
from .errand import Errand
from .images import ImageStore
from .loop import Loop

log = logging.getLogger(__name__)

SIGN_SECONDS = 1.0
"""How often a client hears that its large mask is still being made; its editor would call silence a stall."""

DISMISSED = Error("request.hello", "The daemon dropped this program, which read no answers: say hello again.")


class Desk:
    """Answers clients; all of it runs on the loop's thread."""

    def __init__(self, loop: Loop, store: ImageStore, clients: Clients) -> None:
        self._loop = loop
        self._store = store
        self._clients = clients
        self.encode_lanes = Lanes("encode")
        self.preview_lanes = Lanes("preview")
        self.apply_lanes = Lanes("apply")
        self.map_lanes = Lanes("object map")
        self.store_lanes = Lanes("store")
        self.list_lanes = Lanes("list")
        self._lanes = (self.encode_lanes, self.preview_lanes, self.apply_lanes, self.map_lanes,
                       self.store_lanes, self.list_lanes)  # fmt: skip

    def reply(self, client: Client, id: int, message: Message) -> None:
        """Send the one reply of a request; a client that is gone, or reads nothing, is forgotten."""
        client.answered(id)
        try:
            self._send(client, id, message)
        except Exception as error:  # noqa: BLE001 - an answer that cannot be put into words is answered so, and logged
            self._send(client, id, _told(error))

    def tell(self, client: Client, id: int, event: Message) -> None:
        """Send an event; one that cannot be sent is no loss."""
        if not client.is_gone:
            self._loop.send(client.identity, id, event, droppable=True)

    def fail(self, client: Client, id: int, error: BaseException) -> None:
        """Answer a request with an error."""
        self.reply(client, id, _told(error))

    def refuse(self, client: Client, id: int, error: BaseException) -> None:
        """Answer a message under whose id nothing was begun; another request may well have that id."""
        self._send(client, id, _told(error))

    def _send(self, client: Client, id: int, message: Message) -> None:
        if client.is_gone or self._loop.send(client.identity, id, message):
            return
        self.forget(client)
        self._loop.send(client.identity, 1, DISMISSED)  # what it waits for will never come

    def run(
        self,
        client: Client,
        id: int,
        work: Callable[[Job], Message],
        lanes: Lanes,
        key: str = "",
        images: Sequence[StoredImage] = (),
    ) -> None:
        """Do work in the lane of that key and reply with the message it returns; the images stay in place meanwhile.

        A request that is withdrawn is answered at once; its work ends when it can.
        """
        errand = Errand(self, client, id, self._store, images)
        job = Job(client.identity, work, lambda *end: self._loop.post(lambda: errand.ended(*end)))
        errand.job, errand.lane = job, lanes.submit(key, job)
        client.pending[id] = errand.withdraw
        if lanes in (self.apply_lanes, self.map_lanes):
            self._loop.after(SIGN_SECONDS, lambda: self._sign(errand))

    def _sign(self, errand: Errand) -> None:
        """Tell a client whose large mask takes a while that it is still being made."""
        if errand.is_awaited:
            self.tell(errand.client, errand.id, Progress("decoding"))
            self._loop.after(SIGN_SECONDS, lambda: self._sign(errand))

    def drop_upload(self, client: Client, id: int) -> None:
        """Forget an image that was on its way."""
        client.pending.pop(id, None)
        upload = client.uploads.pop(id, None)
        if upload is not None:
            self._store.abandon(upload)

    def forget(self, client: Client) -> None:
        """Withdraw all that a client that went away had asked for, but for what is to go on without it."""
        client.is_gone = True
        self._clients.forget(client)
        for id in list(client.uploads):
            self.drop_upload(client, id)
        for id in list(client.pending):
            if id not in client.staying:
                client.withdraw(id, withdrawn())

    @property
    def load(self) -> int:
        """How many jobs wait or run."""
        return sum(lane.load for lane in self._lanes)

    def stop(self) -> None:
        """Answer all that is under way, and cancel the work."""
        for client in self._clients:
            for id in list(client.pending):
                client.withdraw(id, stopping())
        for lane in self._lanes:
            lane.stop()


def _told(error: BaseException) -> Error:
    """Return the message for an error; what is not meant for the user goes to the log with its traceback."""
    if isinstance(error, MemoryError):
        sentence = (
            "There is not enough memory for this: close other programs, or use a smaller image or model."
        )
        error = DaemonError("daemon.memory", sentence, repr(error))
    if not isinstance(error, MaskwrightError):
        log.error("A request failed by the daemon's own fault.", exc_info=error)
        sentence = "The daemon made a mistake: try again; its log file tells more."
        error = DaemonError("daemon.internal", sentence, repr(error))
    level = logging.DEBUG if isinstance(error, Cancelled) else logging.INFO
    log.log(level, "%s: %s %s", error.code, error.message, error.detail)
    return Error.of(error)
