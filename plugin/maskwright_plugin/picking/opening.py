# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a picture to the daemon and having it encoded, again whenever the daemon was lost in between."""

from __future__ import annotations

import time
from typing import Any, Callable, List, Optional

from maskwright_shared.errors import Cancelled, MaskwrightError
from maskwright_shared.messages import Encode, ImageForget, Progress

from ..backend import Backend
from ..host import Picture
from ..ticket import Ticket
from .state import Phase

RECOVERIES = 3
RECOVERY_WINDOW = 60.0
LOST = ("connection.lost", "connection.timeout", "image.unknown", "image.stripe", "daemon.stopping")
"""Errors after which the same picture, sent again, may well succeed."""

Changed = Callable[[Phase, Optional[float], str], None]
"""Told the phase, its progress (None while unknown) and, when it failed, why."""


class Opening:
    """One picture on its way to being encoded; `image` is its name at the daemon once it is there.

    A daemon that was lost is found or started again and given the picture anew, at most three times a minute.
    """

    def __init__(self, backend: Backend, slot: str, changed: Changed) -> None:
        self._backend = backend
        self._slot = slot
        self._changed = changed
        self._picture: Optional[Picture] = None
        self._model = ""
        self._ticket: Optional[Ticket] = None
        self._recoveries: List[float] = []
        self.image = ""
        self.failed_for_daemon = False
        """Whether the last failure was that no daemon could be reached."""

    def start(self, picture: Picture, model: str) -> None:
        """Put the picture and encode it by a model ("": the daemon's default); what was under way is withdrawn."""
        self._picture, self._model = picture, model
        self.image = ""
        self._withdraw()
        self._changed(Phase.CONNECTING, None, "")
        bounds = picture.bounds
        self._ticket = self._backend.put_image(
            bounds.width, bounds.height, picture.channels, picture.data, self._on_put, self._on_sending
        )

    def retry(self) -> None:
        """Begin anew with the same picture, however often that was done before."""
        self._recoveries.clear()
        if self._picture is not None:
            self.start(self._picture, self._model)

    def recover(self, error: MaskwrightError) -> bool:
        """Begin anew when that may mend the error, and return whether it does; else the phase is FAILED."""
        now = time.monotonic()
        self._recoveries = [at for at in self._recoveries if now - at < RECOVERY_WINDOW]
        if error.code in LOST and len(self._recoveries) < RECOVERIES and self._picture is not None:
            self._recoveries.append(now)
            self.start(self._picture, self._model)
            return True
        self._withdraw()
        self.failed_for_daemon = error.code.startswith("connection.")
        self._changed(Phase.FAILED, None, error.message)
        return False

    def close(self) -> None:
        """Withdraw what is under way and let the daemon forget the picture."""
        self._withdraw()
        if self.image:
            self._backend.request(ImageForget(self.image), _ignore)
        self.image, self._picture = "", None

    @property
    def model(self) -> str:
        """The id of the model in use, the daemon's default where none was chosen."""
        return self._model or self._backend.default_model

    def _withdraw(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.cancel()

    def _on_sending(self, fraction: float) -> None:
        self._changed(Phase.SENDING, fraction, "")

    def _on_put(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None:
            self._on_error(error)
            return
        self.image = reply.image
        self._changed(Phase.ENCODING, None, "")
        request = Encode(self.image, self.model, self._slot)
        self._ticket = self._backend.request(request, self._on_encoded, self._on_encoding)

    def _on_encoding(self, progress: Progress) -> None:
        self._changed(Phase.ENCODING, progress.fraction, "")

    def _on_encoded(self, _: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None:
            self._on_error(error)
            return
        self._ticket = None
        self._changed(Phase.READY, None, "")

    def _on_error(self, error: MaskwrightError) -> None:
        self._ticket = None
        if not isinstance(error, Cancelled):
            self.recover(error)


def _ignore(_: Any, __: Optional[MaskwrightError]) -> None:
    return None
