# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's choice of a model, with what each costs on this computer; hidden while there is nothing to choose."""

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
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(lambda _=0: self._choose())

    def add_to(self, form: Any) -> None:
        """Become a row of the form, over its whole width: the figures stand behind the name."""
        column = QtWidgets.QVBoxLayout(self._row)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._label)
        column.addWidget(self)
        form.addRow(self._row)

    def follow(self) -> None:
        """Show the models there are, and the one in use."""
        offers = self._plugin.models.offers
        if offers != self._shown:
            self._shown = list(offers)
            self._fill()
        several = len(self._shown) > 1
        self._row.setVisible(several)
        if several:
            self.setCurrentIndex(self.findData(self._plugin.model))
            self.setToolTip(self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole) or "")

    def _fill(self) -> None:
        self.clear()
        for row, offer in enumerate(self._shown):
            self.addItem(offer.label, offer.id)
            self.setItemData(row, _explained(offer), Qt.ItemDataRole.ToolTipRole)
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
