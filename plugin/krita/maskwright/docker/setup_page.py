# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's page while there is no backend yet: one button, progress, cancel, and why it failed."""

from __future__ import annotations

from ..i18n import tr
from ..plugin import Plugin
from ..qt import QtWidgets


class SetupPage(QtWidgets.QWidget):
    """Sets the backend up by one press; a second press goes on where the first one stopped."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._text = QtWidgets.QLabel()
        self._text.setWordWrap(True)
        self._bar = QtWidgets.QProgressBar()
        self._bar.setRange(0, 1000)
        self._start = QtWidgets.QPushButton(tr("Set Up"))
        self._start.clicked.connect(lambda *_: plugin.set_up())
        self._cancel = QtWidgets.QPushButton(tr("Cancel"))
        self._cancel.clicked.connect(lambda *_: plugin.cancel_setup())
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._bar, self._start, self._cancel):
            column.addWidget(widget)

    def follow(self) -> None:
        """Show how far the setup is."""
        plugin = self._plugin
        progress = plugin.setup_progress
        welcome = tr("Maskwright needs its backend: about 300 MB, once. Your pictures stay on this computer.")
        if plugin.is_outdated:
            welcome = tr("This plugin is newer than its backend: update the backend to go on.")
        text = tr(plugin.setup_problem) if plugin.setup_problem else welcome
        self._text.setText(tr(progress.text) if progress is not None else text)
        self._bar.setVisible(progress is not None)
        self._bar.setValue(0 if progress is None else round(progress.fraction * 1000))
        self._start.setVisible(not plugin.is_setting_up)
        first = tr("Update") if plugin.is_outdated else tr("Set Up")
        self._start.setText(tr("Try Again") if plugin.setup_problem else first)
        self._cancel.setVisible(plugin.is_setting_up)
