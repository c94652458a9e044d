# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's choice of a model, with what each costs on this computer, what comes, and the way to more."""

from __future__ import annotations

import dataclasses
from typing import Any, List

from maskwright_plugin.model_offers import Offer

from ..i18n import tr
from ..plugin import Plugin
from ..qt import Qt, QtWidgets


class ModelChooser(QtWidgets.QComboBox):
    """Shows the plugin's models; a choice is given to the plugin at once."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._row = QtWidgets.QWidget()
        self._label = QtWidgets.QLabel(tr("Model:"))
        self._label.setBuddy(self)
        self._shown: List[Offer] = []
        self._coming = QtWidgets.QLabel()
        self._coming.setWordWrap(True)
        self._coming.hide()
        self._more = QtWidgets.QPushButton(plugin.room.words("More Models…"))
        self._more.setMinimumWidth(20)
        self._more.setToolTip(plugin.room.words("Get other models, and look after those that are there"))
        self._more.clicked.connect(lambda *_: plugin.room.open(self.window()))
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(lambda _=0: self._choose())

    def add_to(self, form: Any) -> None:
        """Become a row of the form, over its whole width: the figures stand behind the name."""
        column = QtWidgets.QVBoxLayout(self._row)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._label)
        for widget in (self, self._coming, self._more):
            column.addWidget(widget)
        form.addRow(self._row)

    def follow(self) -> None:
        """Show the models there are, and the one in use."""
        coming = self._plugin.room.coming_line
        self._coming.setText(coming)
        self._coming.setVisible(bool(coming))
        offers = self._plugin.models.offers
        if offers != self._shown or not self.count():
            self._shown = list(offers)
            self._fill()
        self.setEnabled(len(self._shown) > 1)
        if self._shown:
            self.setCurrentIndex(self.findData(self._plugin.model))
            self.setToolTip(self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole) or "")

    def _fill(self) -> None:
        self.clear()
        for row, offer in enumerate(self._shown):
            self.addItem(offer.label, offer.id)
            self.setItemData(row, _explained(offer), Qt.ItemDataRole.ToolTipRole)
        if not self._shown:  # the daemon was not asked yet
            self.addItem(self._plugin.room.words("Default model"), "")
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 8)

    def _choose(self) -> None:
        self._plugin.choose(dataclasses.replace(self._plugin.choices, model=str(self.currentData())))


def _explained(offer: Offer) -> str:
    lines = [offer.label]
    if offer.label != offer.name:
        lines.append(tr("Time to look at an image + time for a click, as measured on this computer"))
    if offer.licence:
        lines.append(tr("Licence of the model: {0}").format(offer.licence))
    return "\n".join(lines)
