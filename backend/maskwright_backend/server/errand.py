# SPDX-License-Identifier: GPL-3.0-or-later
"""One request whose work is done in a lane: who waits for it, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import MaskwrightError

from ..engine.jobs import Job, Lane
from ..imaging.stored import StoredImage
from .clients import Client
from .images import ImageStore

if TYPE_CHECKING:
    from .desk import Desk


class Errand:
    """A request whose work is in a lane: it is answered by the work's end, or at once when it is withdrawn."""

    def __init__(
        self, desk: Desk, client: Client, id: int, store: ImageStore, images: Sequence[StoredImage]
    ) -> None:
        """Keep the images' pixels in place until the work has ended."""
        self.client, self.id = client, id
        self.job: Job | None = None
        self.lane: Lane | None = None
        self._desk, self._store, self._images = desk, store, images
        for image in images:
            store.hold(image)

    @property
    def is_awaited(self) -> bool:
        """Whether its client waits for the answer; the id of one that was withdrawn may be another's by now."""
        return self.client.pending.get(self.id) == self.withdraw

    def withdraw(self, why: MaskwrightError) -> None:
        """Answer with the reason, and have the work end as soon as it can."""
        if self.job is not None and self.lane is not None:
            self.job.cancel(why)
            if self.lane.discard(self.job):
                self._release()
        self._desk.fail(self.client, self.id, why)

    def ended(self, result: Any, error: BaseException | None) -> None:
        """Answer with what the work came to."""
        self._release()
        if not self.is_awaited:
            return
        if error is None:
            self._desk.reply(self.client, self.id, result)
        else:
            self._desk.fail(self.client, self.id, error)

    def _release(self) -> None:
        for image in self._images:
            self._store.release(image)
        self._images = ()
