# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker: the button that starts the mode, what is going on, and the choices. Usable at 200 pixels' width.

What is needed for every object stands above what scrolls, so that it is seen where Krita leaves the docker little
height.
"""

from __future__ import annotations

from typing import Any

from ..plugin import Plugin
from ..qt import Qt, QtCore, QtWidgets, is_gone
from .deeds import Deeds
from .options import OptionsForm
from .setup_page import SetupPage
from .status import Status

WIDTH = 180
AGAIN_MILLISECONDS = 2000
"""How often it is looked whether there is a backend now, perhaps made by install.py."""


class DockerContent(QtWidgets.QWidget):
    """Shows the plugin's state, and gives it the user's wishes."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._setup = SetupPage(plugin)
        self._deeds = Deeds(plugin)
        self._status = Status(plugin)
        self._options = OptionsForm(plugin)
        column = QtWidgets.QVBoxLayout()
        column.setContentsMargins(6, 0, 6, 6)
        for part in (self._status, self._options):
            column.addWidget(part)
        column.addStretch(1)
        inner = QtWidgets.QWidget()
        inner.setLayout(column)
        area = QtWidgets.QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        top = QtWidgets.QVBoxLayout()
        top.setContentsMargins(6, 4, 6, 0)
        top.addWidget(self._setup)
        top.addWidget(self._deeds)
        outer = QtWidgets.QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        outer.addLayout(top)
        outer.addWidget(area, 1)
        self.setMinimumWidth(WIDTH)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._follow)
        plugin.listen(self._follow)
        self._follow()

    def keyPressEvent(self, event: Any) -> None:
        """Enter and Esc work from the docker too; a number that is being typed is only finished by Enter."""
        picking = self._plugin.front
        typing = isinstance(QtWidgets.QApplication.focusWidget(), QtWidgets.QAbstractSpinBox)
        if picking is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not typing:
            picking.wishes.apply(event.modifiers())
        elif picking is not None and event.key() == Qt.Key.Key_Escape:
            picking.wishes.cancel()
        else:
            super().keyPressEvent(event)

    def _follow(self) -> None:
        if is_gone(self):
            self._plugin.forget(self._follow)
            return
        setup = self._plugin.setting_up
        ready = setup.is_set_up and not setup.is_running
        if ready:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(AGAIN_MILLISECONDS)
        self._setup.setVisible(not ready)
        self._deeds.setEnabled(ready)
        self._status.setEnabled(ready)
        self._options.setEnabled(ready)
        self._setup.follow()
        self._deeds.follow()
        self._status.follow()
        self._options.follow()
