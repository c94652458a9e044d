# SPDX-License-Identifier: GPL-3.0-or-later
"""Where requests get their answers: replies, errors, and work that is done in a lane first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from maskwright_shared.errors import Cancelled, DaemonError, MaskwrightError
from maskwright_shared.messages import Error, Message, Progress

from ..engine.jobs import Job, Lane, stopping
from ..imaging.stored import StoredImage
from .clients import Client, Clients, withdrawn
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
        self.encode_lane = Lane("encode")
        self.preview_lane = Lane("preview")
        self.apply_lane = Lane("apply")
        self.map_lane = Lane("object map")
        self.store_lane = Lane("store")
        self._lanes = (self.encode_lane, self.preview_lane, self.apply_lane, self.map_lane, self.store_lane)

    def reply(self, client: Client, id: int, message: Message) -> None:
        """Send the one reply of a request; a client that is gone, or reads nothing, is forgotten."""
        client.answered(id)
        self._send(client, id, message)

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
        images: Sequence[StoredImage] = (),
        lane: Lane | None = None,
    ) -> None:
        """Do work in a lane and reply with the message it returns; the images' pixels stay in place meanwhile."""
        for image in images:
            self._store.hold(image)

        def finished(result: Any, error: BaseException | None) -> None:
            self._loop.post(lambda: done(result, error))

        def done(result: Any, error: BaseException | None) -> None:
            for image in images:
                self._store.release(image)
            if error is None:
                self.reply(client, id, result)
            else:
                self.fail(client, id, error)

        job = Job(client.identity, work, finished)
        client.pending[id] = job.cancel
        (lane or self.preview_lane).submit(job)
        if lane in (self.apply_lane, self.map_lane):
            self._loop.after(SIGN_SECONDS, lambda: self._sign(client, id, job))

    def _sign(self, client: Client, id: int, job: Job) -> None:
        """Tell a client whose large mask takes a while that it is still being made."""
        if client.pending.get(id) == job.cancel:
            self.tell(client, id, Progress("decoding"))
            self._loop.after(SIGN_SECONDS, lambda: self._sign(client, id, job))

    def drop_upload(self, client: Client, id: int) -> None:
        """Forget an image that was on its way."""
        client.pending.pop(id, None)
        upload = client.uploads.pop(id, None)
        if upload is not None:
            self._store.abandon(upload)

    def forget(self, client: Client) -> None:
        """Withdraw all that a client that went away had asked for."""
        client.is_gone = True
        self._clients.forget(client)
        for id in list(client.uploads):
            self.drop_upload(client, id)
        for id in list(client.pending):
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
    if not isinstance(error, MaskwrightError):
        log.error("A request failed by the daemon's own fault.", exc_info=error)
        sentence = "The daemon made a mistake: try again; its log file tells more."
        error = DaemonError("daemon.internal", sentence, repr(error))
    level = logging.DEBUG if isinstance(error, Cancelled) else logging.INFO
    log.log(level, "%s: %s %s", error.code, error.message, error.detail)
    return Error.of(error)
