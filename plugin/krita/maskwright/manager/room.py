# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager of one Krita: it lives as long as the plugin, so that a download outlives its window."""

from __future__ import annotations

import dataclasses
from typing import Any, FrozenSet, Optional

from maskwright_plugin.models.hint import Hint
from maskwright_plugin.models.kept import Kept
from maskwright_plugin.models.manager import Manager
from maskwright_plugin.models.progress import short_line
from maskwright_plugin.models.words import Words

from ..i18n import wanted_languages
from ..qt import QtCore
from .hint_bar import HintBar
from .window import ManagerWindow

LOOK_MILLISECONDS = 1000
"""How often the daemon is asked while the window is open or something comes; other programs change things too."""


class ModelRoom(QtCore.QObject):
    """Made by the plugin; `plugin` has the backend, the choices and the picking in front."""

    def __init__(self, plugin: Any) -> None:
        super().__init__()
        self._plugin = plugin
        self.words = Words.of(wanted_languages())
        self._kept = Kept(plugin.home)
        self.manager = Manager(plugin.backend, self.words, self._kept, self._on_news, self._on_arrival)
        self._hint = Hint(self._kept)
        self._bar: Optional[HintBar] = None
        self._window: Optional[ManagerWindow] = None
        self._usable: FrozenSet[str] = frozenset()
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._look)
        plugin.listen(self._follow_picking)

    def open(self, parent: Any = None) -> ManagerWindow:
        """Show the window, or bring it to the front."""
        if self._window is None:
            self._window = ManagerWindow(self, parent)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self.manager.look_at_computer()
        self.manager.refresh()
        self._timer.start(LOOK_MILLISECONDS)
        return self._window

    @property
    def model(self) -> str:
        """The id of the model that is picked with."""
        return str(self._plugin.model)

    @property
    def coming_line(self) -> str:
        """What comes, for where there is little room; empty where nothing does."""
        lines = [short_line(row.name, row.coming, self.words) for row in self.manager.coming if row.coming]
        return "\n".join(lines)

    def use(self, model: str) -> None:
        """Pick with this model from now on; a picking that is under way keeps its prompts."""
        self._plugin.choose(dataclasses.replace(self._plugin.choices, model=model))

    def installation(self) -> Any:
        """Return the installation that the backend belongs to."""
        return self._plugin.setting_up.installation

    def close(self) -> None:
        """Ask no more; a download goes on in the daemon."""
        self._timer.stop()

    # What the manager tells.

    def _on_news(self) -> None:
        usable = frozenset(row.id for row in self.manager.rows if row.is_usable)
        if usable != self._usable:
            self._usable = usable
            self._plugin.ask_models()
        if self.manager.is_waiting and not self._timer.isActive():
            self._timer.start(LOOK_MILLISECONDS)
        if self._window is not None:
            self._window.follow()
        self._plugin.tell()

    def _on_arrival(self, model: str) -> None:
        self._plugin.ask_models()
        self.use(model)

    def _look(self) -> None:
        open_now = self._window is not None and self._window.isVisible()
        if open_now or self.manager.is_waiting:
            self.manager.refresh()
        else:
            self._timer.stop()

    # The hint.

    def _follow_picking(self) -> None:
        picking = self._plugin.front
        if picking is None:
            self._show_hint(None)
            return
        self._hint.follow(picking.state.prompts, picking.state.model or self.model)
        self._show_hint(picking.canvas.widget if self._hint.is_shown else None)

    def _show_hint(self, canvas: Any) -> None:
        if self._bar is not None and (canvas is None or self._bar.is_elsewhere(canvas)):
            self._bar.end()
            self._bar = None
        if canvas is not None and self._bar is None:
            self._bar = HintBar(canvas, self.words, self._open_from_hint, self._decline_hint)

    def _open_from_hint(self) -> None:
        self._decline_hint()
        self.open()

    def _decline_hint(self) -> None:
        self._hint.answer()
        self._show_hint(None)
