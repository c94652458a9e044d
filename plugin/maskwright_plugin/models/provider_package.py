# SPDX-License-Identifier: GPL-3.0-or-later
"""The package that drives a graphics card: looked up, its size said, and put in place on a thread of its own."""

from __future__ import annotations

import threading
from typing import Any, Callable, Mapping, Optional

from maskwright_shared.installation import Installation

from ..setup.problems import SetupCancelled, SetupError
from ..setup.runtime import RuntimeChange
from ..setup.task import Progress, Task
from .words import Words, size


class ProviderPackage:
    """A window asks it now and then: `line` is what there is to say, `button` what a press would do, "" for nothing."""

    def __init__(
        self,
        installation: Callable[[], Installation],
        words: Words,
        change: Callable[[Installation, str], Any] = RuntimeChange,
    ) -> None:
        self._installation, self._words, self._change = installation, words, change
        self._provider: Mapping[str, Any] = {}
        self._found: Any = None
        self._thread: Optional[threading.Thread] = None
        self._cancelled = threading.Event()
        self._news = False
        self.line = ""

    def choose(self, provider: Optional[Mapping[str, Any]]) -> None:
        """Be about this row of doctor's from now on; one that needs no package is none."""
        wanted = provider or {}
        if not self.is_busy and wanted.get("name") != self._provider.get("name"):
            self._provider, self._found, self.line = wanted, None, ""

    @property
    def is_busy(self) -> bool:
        """Whether it looks up or installs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def button(self) -> str:
        """The words of the button."""
        if self.is_busy:
            return self._words("Cancel")
        package = self._provider.get("package")
        if self._provider.get("state") != "absent" or not package:
            return ""
        return self._words("Install Now") if self._found else self._words("Install {0}…", package)

    def press(self) -> None:
        """Look the package up; at a second press install it; stop what runs."""
        if self.is_busy:
            self._cancelled.set()
            return
        self._cancelled.clear()
        work = self._install if self._found else self._look_up
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self.line = self._words("One moment…")
        self._thread.start()

    def take_news(self) -> bool:
        """Return once whether an installation has ended, so that doctor is to be asked again."""
        news, self._news = self._news, False
        return news

    def _run(self, work: Callable[[Any, Task], None]) -> None:
        change = self._change(self._installation(), str(self._provider.get("package")))
        try:
            work(change, Task(self._report, self._cancelled.is_set))
        except SetupCancelled:
            self._found, self.line = None, ""
        except SetupError as error:
            self._found, self.line = None, self._words(error.message)

    def _look_up(self, change: Any, task: Task) -> None:
        found = change.look_up(task)
        self.line = self._words(
            "{0}: {1} to download. It takes the place of the present ONNX Runtime, and the backend starts anew.",
            found.file,
            size(found.size),
        )
        self._found = found

    def _install(self, change: Any, task: Task) -> None:
        change.install(str(self._provider.get("provider")), task)
        self._found, self._news = None, True
        self.line = self._words("Installed: try it, and choose it.")

    def _report(self, progress: Progress) -> None:
        self.line = progress.text
