# SPDX-License-Identifier: GPL-3.0-or-later
"""From the backend's threads to Krita's main thread."""

from __future__ import annotations

import logging
from typing import Callable

from .qt import Qt, QtCore, Signal

log = logging.getLogger("maskwright")


class Bridge(QtCore.QObject):
    """Runs the calls that are emitted by `called`, from any thread, on the thread that made it."""

    called = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    @staticmethod
    def _run(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # from a slot it would reach the user as a traceback
            log.exception("an answer could not be shown")
