# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's word on what is going on, and what may be done about it."""

from __future__ import annotations

from ..canvas.banner import ProgressBar
from ..i18n import tr
from ..plugin import Plugin
from ..qt import QtWidgets
from .deeds import push


class Status(QtWidgets.QWidget):
    """The sentence, progress, *Retry* after a failure, *Restart It* for a backend that hangs; another way to start."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._sentence = QtWidgets.QLabel()
        self._sentence.setWordWrap(True)
        self._bar = ProgressBar(self)
        self._retry = push(tr("Retry"), self._on_retry)
        self._restart = push(tr("Restart It"), self._on_restart)
        self._restart.setToolTip(tr("End the backend, which hangs, and start it again; your clicks are kept"))
        self._refine = push(tr("From My Selection"), plugin.refine)
        self._refine.setToolTip(tr("Start from the present selection and follow the object's edges"))
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._sentence, self._bar, self._retry, self._restart, self._refine):
            column.addWidget(widget)

    def follow(self) -> None:
        """Show the plugin's state."""
        picking = self._plugin.front
        self._sentence.setVisible(picking is not None)
        self._retry.setVisible(picking is not None and picking.can_retry)
        self._restart.setVisible(picking is not None and picking.state.stalled)
        if picking is None:
            self._bar.hide()
        else:
            self._sentence.setText(picking.sentence)
            self._bar.show_state(picking.state)

    def _on_retry(self) -> None:
        picking = self._plugin.front
        if picking is not None:
            picking.wishes.retry()

    def _on_restart(self) -> None:
        picking = self._plugin.front
        if picking is not None:
            picking.wishes.restart()
