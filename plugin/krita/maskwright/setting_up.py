# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend as a thing on the disk: whether it is there, and its setup beside Krita's main thread."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Callable, Optional

from maskwright_plugin.setup import BackgroundSetup, Progress
from maskwright_plugin.setup.outdated import is_outdated
from maskwright_plugin.setup.problems import SetupCancelled, SetupError
from maskwright_shared.installation import Installation, find_installation

from .bridge import Bridge
from .i18n import tr

BUNDLE = Path(__file__).resolve().parent
log = logging.getLogger("maskwright")


class SettingUp:
    """`changed` is called after every change, `done` first when a setup has succeeded."""

    def __init__(self, bridge: Bridge, changed: Callable[[], None], done: Callable[[], None]) -> None:
        self._bridge = bridge
        self._changed = changed
        self._done = done
        self._run: Optional[BackgroundSetup] = None
        self.progress: Optional[Progress] = None
        self.problem = ""
        """Why the last setup failed, as a sentence; "" where none did."""

    @property
    def installation(self) -> Installation:
        """The backend as it is now."""
        return find_installation(BUNDLE)

    @property
    def is_set_up(self) -> bool:
        """Whether there is a backend to start, or one that runs."""
        installation = self.installation
        runs = installation.places.connection_file.is_file()
        return not self.is_outdated and (installation.complete or runs)

    @property
    def is_outdated(self) -> bool:
        """Whether the plugin carries a newer backend than the one that was set up."""
        return is_outdated(self.installation, BUNDLE)

    @property
    def is_running(self) -> bool:
        """Whether a setup runs."""
        return self._run is not None

    def start(self) -> None:
        """Set the backend up; a second time repairs what is half done."""
        if self._run is None:
            self.problem = ""
            self.progress = Progress(0.0, tr("Starting…"))
            self._run = BackgroundSetup(self._bridge.called.emit, self._on_progress, self._on_end)
            self._changed()

    def cancel(self) -> None:
        """Stop it."""
        if self._run is not None:
            self._run.cancel()

    def _on_progress(self, progress: Progress) -> None:
        self.progress = progress
        self._changed()

    def _on_end(self, _installation: Optional[Installation], error: Optional[SetupError]) -> None:
        self._run = self.progress = None
        if error is None:
            self._done()
        else:
            self.problem = error.message
            if not isinstance(error, SetupCancelled):
                log.error("setup: %s\n%s", error.message, error.detail)
        self._changed()
