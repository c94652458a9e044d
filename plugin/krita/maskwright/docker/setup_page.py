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
        self._start.clicked.connect(lambda *_: plugin.setting_up.start())
        self._cancel = QtWidgets.QPushButton(tr("Cancel"))
        self._cancel.clicked.connect(lambda *_: plugin.setting_up.cancel())
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self._text, self._bar, self._start, self._cancel):
            column.addWidget(widget)

    def follow(self) -> None:
        """Show how far the setup is."""
        setup = self._plugin.setting_up
        progress = setup.progress
        welcome = tr("Maskwright needs its backend: about 300 MB, once. Your pictures stay on this computer.")
        if setup.is_outdated:
            welcome = tr("This plugin is newer than its backend: update the backend to go on.")
        text = tr(setup.problem) if setup.problem else welcome
        self._text.setText(tr(progress.text) if progress is not None else text)
        self._bar.setVisible(progress is not None)
        self._bar.setValue(0 if progress is None else round(progress.fraction * 1000))
        self._start.setVisible(not setup.is_running)
        first = tr("Update") if setup.is_outdated else tr("Set Up")
        self._start.setText(tr("Try Again") if setup.problem else first)
        self._cancel.setVisible(setup.is_running)
