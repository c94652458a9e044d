# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon remembers of each connection, and forgets when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from maskwright_shared.errors import Cancelled, MaskwrightError

from .images import Upload

Withdraw = Callable[[MaskwrightError], None]
"""Ends a request under way; it is answered with the given reason, at once or when its work has stopped."""


def withdrawn() -> Cancelled:
    """Return the reason for a request that its client no longer wants."""
    return Cancelled("request.cancelled", "The request was withdrawn.")


def overtaken() -> Cancelled:
    """Return the reason for a request that a newer one replaces."""
    return Cancelled("request.stale", "A newer request overtook this one.")


@dataclass
class Slot:
    """One picking of a client: its newest Encode, and its Segments under way with their generations."""

    encode: int | None = None
    newest: int = 0
    segments: dict[int, int] = field(default_factory=dict)


@dataclass(eq=False)
class Client:
    """One connection; `pending` maps the id of each request under way to what ends it.

    `staying` has the ids of those that go on when the client leaves.
    """

    identity: bytes
    descriptor: int
    name: str = ""
    is_gone: bool = False
    uploads: dict[int, Upload] = field(default_factory=dict)
    pending: dict[int, Withdraw] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    staying: set[int] = field(default_factory=set)

    @property
    def is_welcome(self) -> bool:
        """Whether it said hello."""
        return bool(self.name)

    def withdraw(self, id: int, why: MaskwrightError) -> None:
        """End one of its requests; one that is answered already is left alone."""
        end = self.pending.pop(id, None)
        if end is not None:
            end(why)

    def slot(self, name: str) -> Slot:
        """Return the slot of that name; at most 256 are remembered, so that no client can fill the memory."""
        if name not in self.slots and len(self.slots) >= 256:
            self.slots.pop(next(iter(self.slots)))
        return self.slots.setdefault(name, Slot())

    def answered(self, id: int) -> None:
        """Note that a request has its answer."""
        self.pending.pop(id, None)
        self.staying.discard(id)
        for slot in self.slots.values():
            slot.segments.pop(id, None)


class Clients:
    """All connections, by identity and by descriptor."""

    def __init__(self) -> None:
        self._known: dict[bytes, Client] = {}

    def get(self, identity: bytes, descriptor: int) -> Client:
        """Return the client a message came from, a new one at its first message."""
        client = self._known.get(identity)
        if client is None:
            client = self._known[identity] = Client(identity, descriptor)
        return client

    def carried_by(self, descriptor: int) -> list[Client]:
        """Return the clients whose messages came through one connection."""
        return [client for client in self._known.values() if client.descriptor == descriptor]

    def forget(self, client: Client) -> None:
        """Drop what is known of a client."""
        self._known.pop(client.identity, None)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._known.values()))

    @property
    def names(self) -> list[str]:
        """Who said hello."""
        return sorted(client.name for client in self._known.values() if client.is_welcome)
