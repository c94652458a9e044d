# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager of one dialog: it lives as long as that, so that a download is seen without its window."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib

from maskwright_plugin.backend import Backend
from maskwright_plugin.models.hint import Hint
from maskwright_plugin.models.kept import Kept
from maskwright_plugin.models.manager import Manager
from maskwright_plugin.models.progress import short_line
from maskwright_plugin.models.words import Words, environment_languages
from maskwright_plugin.picking.state import State
from maskwright_shared.installation import Installation

from ..procedure import installation
from .hint_bar import HintBar

LOOK_MILLISECONDS = 1000
"""How often the daemon is asked while the window is open or something comes; other programs change things too."""


class ModelRoom:
    """`use(id)` picks with a model from now on, and `in_use()` is the id of the model that is picked with.

    `changed()` is called when there is news to show.
    """

    def __init__(
        self,
        backend: Backend,
        home: Path,
        use: Callable[[str], None],
        changed: Callable[[], None],
        in_use: Callable[[], str],
    ) -> None:
        self.use, self._changed, self._in_use = use, changed, in_use
        self.words = Words.of(environment_languages())
        kept = Kept(home)
        self.manager = Manager(lambda: backend, self.words, kept, self._on_news, self.use)
        self._backend = backend
        self._hint = Hint(kept)
        self.hint_bar = HintBar(self.words, self._open_from_hint, self._answer_hint)
        self.window: Any = None
        self._timer = 0

    def open(self) -> None:
        """Show the window, or bring it to the front."""
        if self.window is None:
            from .window import ManagerWindow

            self.window = ManagerWindow(self, self.hint_bar.widget.get_toplevel())
        self.window.show()
        self.manager.look_at_computer()
        self.manager.refresh()
        self._go_on_looking()

    @property
    def model(self) -> str:
        """The id of the model that is picked with."""
        return self._in_use() or self._backend.default_model

    @property
    def coming_line(self) -> str:
        """What comes, for where there is little room; empty where nothing does."""
        lines = [short_line(row.name, row.coming, self.words) for row in self.manager.coming if row.coming]
        return "\n".join(lines)

    def follow(self, state: State) -> None:
        """Look at a session's new state; its prompts may show that a hint would help."""
        self._hint.follow(state.prompts, self.model)
        self.hint_bar.show(on=self._hint.is_shown)

    def installation(self) -> Installation:
        """Return the installation that the backend belongs to."""
        return installation()

    def close(self) -> None:
        """Ask no more; a download goes on in the daemon."""
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0
        if self.window is not None:
            self.window.close()

    def _on_news(self) -> None:
        if self.manager.is_waiting:
            self._go_on_looking()
        if self.window is not None:
            self.window.follow()
        self._changed()

    def _go_on_looking(self) -> None:
        if not self._timer:
            self._timer = GLib.timeout_add(LOOK_MILLISECONDS, self._look)

    def _look(self) -> bool:
        open_now = self.window is not None and self.window.is_open
        if open_now or self.manager.is_waiting:
            self.manager.refresh()
            return True
        self._timer = 0
        return False

    def _open_from_hint(self) -> None:
        self._answer_hint()
        self.open()

    def _answer_hint(self) -> None:
        self._hint.answer()
        self.hint_bar.show(on=False)
