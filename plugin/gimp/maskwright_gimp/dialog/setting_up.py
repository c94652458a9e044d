# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the backend up from within the dialog: one button, progress, a way to stop."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ..procedure import BUNDLE, installation
from ..texts import _, told
from .status import StatusLine

Post = Callable[[Callable[[], None]], None]


class SettingUp:
    """Uses the status line while it runs; then `done` is called when there is a backend, and `failed` when not.

    `problem` says why the last setup failed, until the next one begins.
    """

    def __init__(
        self, post: Post, status: StatusLine, done: Callable[[], None], failed: Callable[[], None]
    ) -> None:
        self._post = post
        self._status = status
        self._done = done
        self._failed = failed
        self._setup: Any = None
        self._closed = False
        self.problem = ""
        self._outdated: Optional[bool] = None

    @property
    def is_running(self) -> bool:
        """Whether the status line belongs to the setup now."""
        return self._setup is not None

    @property
    def is_outdated(self) -> bool:
        """Whether this plug-in carries a newer backend than the one that is set up; looked up once."""
        if self._outdated is None:
            from maskwright_plugin.setup.outdated import is_outdated  # it brings the whole setup along

            self._outdated = is_outdated(installation(), BUNDLE)
        return self._outdated

    def start(self) -> None:
        """Begin, or go on where an earlier one stopped; a backend that has appeared meanwhile will do."""
        self.problem = ""
        self._outdated = None
        if installation().complete and not self.is_outdated:
            self._done()
            return
        from maskwright_plugin.setup import BackgroundSetup

        self._status.show(_("Setting Maskwright up…"), working=True)
        self._status.offer(_("Stop"), self._stop)
        self._setup = BackgroundSetup(self._post, self._on_progress, self._on_done)

    def close(self) -> None:
        """Stop, and tell nobody."""
        self._closed = True
        self._stop()

    def _stop(self) -> None:
        if self._setup is not None:
            self._setup.cancel()

    def _on_progress(self, progress: Any) -> None:
        if not self._closed and self._setup is not None:
            self._status.show(told(progress.text), working=True, fraction=progress.fraction)

    def _on_done(self, _installation: Any, error: Any) -> None:
        self._setup = None
        if self._closed:
            return
        if error is None:
            self._outdated = None
            self._done()
            return
        self.problem = told(error.message)
        self._failed()
