# SPDX-License-Identifier: GPL-3.0-or-later
"""A setup that an editor runs beside its main thread: one button, a progress bar, a way to cancel."""

from __future__ import annotations

import threading
import traceback
from typing import Callable, Optional

from maskwright_shared.installation import Installation, find_installation, note_of

from .installer import set_up
from .problems import SetupError
from .source import Source, bundle_folder, find_source
from .task import Progress

Post = Callable[[Callable[[], None]], None]
Done = Callable[[Optional[Installation], Optional[SetupError]], None]


class BackgroundSetup:
    """Starts at once; `post` brings calls to the editor's main thread, on which `progress` and `done` are called.

    `done` is called exactly once: with the installation, or with what went wrong (a `SetupCancelled` after
    `cancel`). On success the bundle's `installation.json` names the new backend.
    """

    def __init__(
        self, post: Post, progress: Callable[[Progress], None], done: Done, *, source: Optional[Source] = None
    ) -> None:
        self._post = post
        self._progress = progress
        self._done = done
        self._source = source
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="maskwright-setup", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop; `done` follows within a moment."""
        self._cancelled.set()

    def _run(self) -> None:
        try:
            installation = self._set_up()
        except SetupError as error:
            self._finish(None, error)
        except Exception as error:  # noqa: BLE001 (the editor waits for `done`, whatever happened)
            sentence = f"The setup failed ({error}): start it again, and report it if it stays so."
            self._finish(None, SetupError(sentence, traceback.format_exc()))
        else:
            self._finish(installation, None)

    def _set_up(self) -> Installation:
        bundle = bundle_folder()
        places = find_installation(bundle).places
        source = self._source or find_source(bundle)
        installation = set_up(places, source, report=self._report, cancelled=self._cancelled.is_set)
        try:
            note_of(installation).write(bundle)
        except OSError as error:
            raise SetupError(
                f"The plugin's folder {bundle} cannot be written: make it yours.", str(error)
            ) from error
        return installation

    def _report(self, progress: Progress) -> None:
        self._post(lambda: self._progress(progress))

    def _finish(self, installation: Optional[Installation], error: Optional[SetupError]) -> None:
        self._post(lambda: self._done(installation, error))
