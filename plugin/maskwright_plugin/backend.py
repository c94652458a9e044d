# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as an editor sees it: requests that return at once, answers on the editor's main thread.

One thread owns the connection. It finds or starts the daemon at the first request, sends, receives, and hands
every answer to `post`, the host's way to run something on its main thread.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple

from maskwright_shared.client import Client
from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed, MaskwrightError, ProtocolError
from maskwright_shared.installation import Installation, find_installation
from maskwright_shared.launcher import connect, restart
from maskwright_shared.messages import Cancel, Error, ImagePut, Message, Progress

from .ticket import Done, Ticket, Work

Post = Callable[[Callable[[], None]], None]
Sending = Callable[[float], None]
Watcher = Callable[[bool], None]

TURN_SECONDS = 0.5
STALL_SECONDS = 3.0
SENDING_SECONDS = 0.05
LOOK_SECONDS = 1.0
"""Between two looks whether a daemon that hung goes on; each look waits as long again."""


class Backend:
    """One connection to the daemon for a whole editor; made again after a loss by the next request.

    `post(call)` must run `call` on the editor's main thread, from any thread and without waiting. Callbacks of
    a ticket come there: any number of times progress, then once `done(reply, error)`, unless it was cancelled.
    """

    def __init__(
        self, post: Post, *, installation: Optional[Installation] = None, name: str = "editor"
    ) -> None:
        self._post = post
        self._installation = installation or find_installation()
        self._name = name
        self._work: Deque[Work] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="maskwright-backend", daemon=True)
        self._client: Optional[Client] = None
        self._tickets: Dict[int, Ticket] = {}
        self._kept: Optional[Tuple[Any, Any]] = None
        self._heard = time.monotonic()
        self._stalled = False
        self._hangs = False
        self._restarts: Deque[Ticket] = deque()
        self._watchers: List[Watcher] = []
        self.default_model = "maskwright-builtin"
        """What the daemon names at its hello; the built-in model before the first one."""

    # For the main thread.

    def request(
        self, message: Message, done: Done, progress: Optional[Callable[[Progress], None]] = None
    ) -> Ticket:
        """Send a request; its one answer goes to `done`."""
        ticket = Ticket(self.cancel, done, progress)
        self._enqueue(lambda client: self._send(client, ticket, message), ticket)
        return ticket

    def put_image(
        self,
        width: int,
        height: int,
        channels: str,
        data: Any,
        done: Done,
        sending: Optional[Sending] = None,
        *,
        keep: bool = False,
    ) -> Ticket:
        """Send an image (see ImagePut); with `keep` the very same data is not sent twice in a row."""
        ticket = Ticket(self.cancel, done, None)
        put = ImagePut(width, height, channels)
        self._enqueue(lambda client: self._put(client, ticket, put, data, sending, keep=keep), ticket)
        return ticket

    def restart(self, done: Done) -> Ticket:
        """End the daemon, by force when it hangs, and start a fresh one; `done(None, error or None)` tells the end.

        What is under way is answered with `connection.lost`. Watchers are told True now, and False when it is done.
        """
        ticket = Ticket(self.cancel, done, None)
        self._restarts.append(ticket)
        self._start_thread()
        return ticket

    @property
    def is_connected(self) -> bool:
        """Whether a daemon was there at the last request, as far as is known yet."""
        return self._client is not None

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have `watcher(stalled)` told when the daemon falls silent under work or hangs, and when it is back.

        A daemon that hung (a request failed with `connection.hung`) is looked at again and again: once it goes on or
        was restarted, False is told, and what had failed may be tried again. Returns the end of the watching.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def close(self) -> None:
        """End the connection and the thread; nothing is called any more. It does not wait."""
        self._closed.set()
        self._wake()
        if not self._thread.is_alive():  # nothing was ever asked: nobody else closes them
            self._wake_reader.close()
            self._wake_writer.close()

    def cancel(self, ticket: Ticket) -> None:
        """Withdraw a request; its callbacks are not called again (see Ticket.cancel)."""
        self._enqueue(lambda client: self._withdraw(client, ticket), None)

    def _enqueue(self, run: Callable[[Client], None], ticket: Optional[Ticket]) -> None:
        self._work.append(Work(run, ticket))
        self._start_thread()

    def _start_thread(self) -> None:
        if not self._thread.is_alive() and not self._closed.is_set():
            self._thread.start()
        self._wake()

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except OSError:
            return  # closed already

    # The thread.

    def _loop(self) -> None:
        while not self._closed.is_set():
            self._wait()
            try:
                self._restart_if_asked()
                self._run_work()
                self._receive()
                self._look_again()
            except MaskwrightError as error:
                self._lost(error)
        if self._client is not None:
            self._client.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _wait(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            if self._client is not None and self._client.dealer.fileno() >= 0:
                selector.register(self._client.dealer, selectors.EVENT_READ)
            idle = self._client is None and not self._work and not self._restarts
            selector.select(None if idle and not self._hangs else LOOK_SECONDS if idle else TURN_SECONDS)
        try:
            self._wake_reader.recv(4096)
        except BlockingIOError:
            return

    def _run_work(self) -> None:
        while self._work and not self._closed.is_set():
            work = self._work.popleft()
            if work.ticket is not None and work.ticket.is_cancelled:
                continue
            if work.ticket is None and self._client is None:
                continue  # nothing is left to withdraw
            try:
                work.run(self._connected())
            except Exception as error:
                failure = _as_failure(error)
                if work.ticket is not None:
                    self._finish(work.ticket, None, failure)
                raise failure from error

    def _connected(self) -> Client:
        if self._client is None:
            self._take(connect(self._installation, self._name, given_up=self._is_given_up))
        assert self._client is not None  # noqa: S101 - it was just taken
        return self._client

    def _is_given_up(self) -> bool:
        return self._closed.is_set() or bool(self._restarts)

    def _take(self, client: Client) -> None:
        self._client = client
        self._heard = time.monotonic()
        self.default_model = client.welcome.default_model
        self._hangs = False
        self._set_stalled(False)

    def _restart_if_asked(self) -> None:
        while self._restarts and not self._closed.is_set():
            ticket = self._restarts.popleft()
            self._lost(ConnectionFailed("connection.lost", "The Maskwright daemon was restarted: try again."))
            self._set_stalled(True)
            try:
                self._take(restart(self._installation, self._name, given_up=self._closed.is_set))
            except MaskwrightError as error:
                self._finish(ticket, None, error)
                raise
            self._finish(ticket, None, None)

    def _look_again(self) -> None:
        """See whether a daemon that hung goes on."""
        if self._hangs and self._client is None and not self._closed.is_set():
            connection_file = self._installation.places.connection_file
            with contextlib.suppress(MaskwrightError):
                self._take(Client(Connection.read(connection_file), self._name, connect_timeout=LOOK_SECONDS))

    def _send(self, client: Client, ticket: Ticket, message: Message) -> None:
        self._tickets[client.send(message)] = ticket

    def _put(
        self,
        client: Client,
        ticket: Ticket,
        put: ImagePut,
        data: Any,
        sending: Optional[Sending],
        *,
        keep: bool,
    ) -> None:
        if keep and self._kept is not None and self._kept[0] is data:
            self._finish(ticket, self._kept[1], None)
            return
        if keep:
            ticket.on_reply = lambda reply: setattr(self, "_kept", (data, reply))
        id = client.send(put)
        self._tickets[id] = ticket
        told = 0.0
        for fraction in client.send_stripes(id, data):
            if ticket.is_cancelled or self._closed.is_set():
                break
            if sending is not None and time.monotonic() - told > SENDING_SECONDS:
                told = time.monotonic()
                self._tell(ticket, sending, fraction)

    def _withdraw(self, client: Client, ticket: Ticket) -> None:
        for id, other in list(self._tickets.items()):
            if other is ticket:
                del self._tickets[id]
                self._tickets[client.send(Cancel(id))] = Ticket(self.cancel, _ignore, None)

    def _receive(self) -> None:
        client = self._client
        if client is None:
            return
        client.dealer.pump()
        while client.dealer.pending:
            envelope = client.receive(0)
            if envelope is not None:
                self._heard = time.monotonic()
                self._dispatch(envelope.id, envelope.message)
        silence = time.monotonic() - self._heard
        self._set_stalled(bool(self._tickets) and silence > STALL_SECONDS)
        if not self._tickets:
            self._heard = time.monotonic()

    def _dispatch(self, id: int, message: Any) -> None:
        ticket = self._tickets.get(id)
        if ticket is None:
            return
        if isinstance(message, Progress):
            if ticket.progress is not None:
                self._tell(ticket, ticket.progress, message)
            return
        del self._tickets[id]
        if isinstance(message, Error):
            if message.code == "image.unknown":
                self._kept = None  # it may be the very image that had to go
            self._finish(ticket, None, message.to_exception())
            return
        if ticket.on_reply is not None:
            ticket.on_reply(message)
        self._finish(ticket, message, None)

    def _lost(self, error: MaskwrightError) -> None:
        """Answer all that is under way with the error; the next request makes a new connection."""
        if self._client is not None:
            self._client.close()
        self._client, self._kept = None, None
        tickets, self._tickets = self._tickets, {}
        self._hangs = error.code == "connection.hung"
        self._set_stalled(self._hangs)
        for ticket in tickets.values():
            self._finish(ticket, None, error)

    def _set_stalled(self, stalled: bool) -> None:  # noqa: FBT001 - a state
        if stalled != self._stalled:
            self._stalled = stalled
            self._post(lambda: self._tell_watchers(stalled))

    def _tell_watchers(self, stalled: bool) -> None:  # noqa: FBT001 - a state
        for watcher in list(self._watchers):
            watcher(stalled)

    def _tell(self, ticket: Ticket, callback: Callable[[Any], None], value: Any) -> None:
        self._post(lambda: None if ticket.is_over or self._closed.is_set() else callback(value))

    def _finish(self, ticket: Ticket, reply: Any, error: Optional[MaskwrightError]) -> None:
        told = None if error is None else for_people(error)

        def finish() -> None:
            if not self._closed.is_set():
                ticket.finish(reply, told)

        self._post(finish)


def _ignore(_: Any, __: Optional[MaskwrightError]) -> None:
    return None


def for_people(error: MaskwrightError) -> MaskwrightError:
    """Return an error with a sentence that helps a person: one of the wire itself names fields and frames."""
    if not isinstance(error, ProtocolError) or error.code == "protocol.version":
        return error
    detail = f"{error.message} {error.detail}".strip()
    return ProtocolError(
        error.code, "Maskwright could not ask its backend for this: try it another way.", detail
    )


def _as_failure(error: Exception) -> MaskwrightError:
    """Return an error that tickets can be answered with: the thread must outlive a request nobody could send."""
    if isinstance(error, MaskwrightError):
        return error
    return ProtocolError("protocol.field", "This request cannot be sent: report it as a fault.", repr(error))
