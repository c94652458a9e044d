# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker's choices: source, target, selection operation, mask options, hovering."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict

from maskwright_plugin.host import Operation, Source, Target

from ..choices import MOST_PIXELS, Refine
from ..i18n import tr
from ..krita_host import application
from ..plugin import Plugin
from ..qt import QtCore, QtWidgets
from .model_chooser import ModelChooser

_OPERATIONS = (
    (Operation.REPLACE, "selection_replace", "Replace", "Ctrl"),
    (Operation.ADD, "selection_add", "Add", "Shift"),
    (Operation.SUBTRACT, "selection_subtract", "Subtract", "Alt"),
    (Operation.INTERSECT, "selection_intersect", "Intersect", "Shift+Alt"),
)


class OptionsForm(QtWidgets.QWidget):
    """Every change is given to the plugin at once."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__()
        self._plugin = plugin
        self._quiet = False
        form = QtWidgets.QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._source = self._combo(
            "source", ((Source.LAYER, tr("Active layer")), (Source.PROJECTION, tr("All visible layers")))
        )
        self._target = self._combo(
            "target",
            (
                (Target.SELECTION, tr("Selection")),
                (Target.LAYER_MASK, tr("Transparency mask")),
                (Target.SAVED_SELECTION, tr("Selection mask")),
                (Target.NEW_LAYER, tr("New layer")),
            ),
        )
        self._models = ModelChooser(plugin)
        self._operations = self._operation_buttons()
        self._refine = self._combo(
            "refine", ((Refine.AUTO, tr("Automatic")), (Refine.YES, tr("Always")), (Refine.NO, tr("Never")))
        )
        self._refine.setToolTip(
            tr("Let the applied mask's edge follow the image's own pixels; Automatic leaves it to the model")
        )
        self._soft = self._check("soft", tr("Soft edge"), tr("Grade the edge over about a pixel"))
        self._grow = self._spin("grow", -MOST_PIXELS, tr("Move the edge outwards, or inwards when negative"))
        self._feather = self._spin("feather", 0, tr("Blur the edge by so many pixels"))
        self._fill = self._check("fill_holes", tr("Fill holes"), tr("Leave no holes in the object"))
        self._hover = self._check(
            "hover", tr("Preview on hover"), tr("Show what a click would select under the pointer")
        )
        form.addRow(tr("From:"), self._source)
        form.addRow(tr("To:"), self._target)
        form.addRow(self._operation_row)
        self._models.add_to(form)
        form.addRow(tr("Grow:"), self._grow)
        form.addRow(tr("Feather:"), self._feather)
        form.addRow(tr("Refine edge:"), self._refine)
        for box in (self._soft, self._fill, self._hover):
            form.addRow(box)

    def follow(self) -> None:
        """Show the plugin's choices."""
        choices, picking = self._plugin.choices, self._plugin.front
        self._quiet = True
        self._source.setCurrentIndex(self._source.findData(choices.source.value))
        self._target.setCurrentIndex(self._target.findData(choices.target.value))
        shown = choices.operation if picking is None else picking.operation
        for operation, button in self._operations.items():
            button.setChecked(operation is shown)
        self._operation_row.setVisible(choices.target is Target.SELECTION)
        for name in ("soft", "fill_holes", "hover"):
            {"soft": self._soft, "fill_holes": self._fill, "hover": self._hover}[name].setChecked(
                getattr(choices, name)
            )
        self._refine.setCurrentIndex(self._refine.findData(choices.refine.value))
        self._models.follow()
        for spin, value in ((self._grow, choices.grow), (self._feather, choices.feather)):
            if spin.value() != value:  # else a number that is being typed would be wiped out
                spin.setValue(value)
        self._quiet = False

    def _choose(self, name: str, value: Any) -> None:
        if not self._quiet:
            self._plugin.choose(dataclasses.replace(self._plugin.choices, **{name: value}))

    def _combo(self, name: str, items: Any) -> Any:
        combo = QtWidgets.QComboBox()
        combo.setMinimumContentsLength(6)
        combo.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, text in items:
            combo.addItem(text, value.value)
        kind = type(items[0][0])
        combo.currentIndexChanged.connect(lambda _=0: self._choose(name, kind(combo.currentData())))
        return combo

    def _check(self, name: str, text: str, tip: str) -> Any:
        box = QtWidgets.QCheckBox(text)
        box.setToolTip(tip)
        box.toggled.connect(lambda on: self._choose(name, on))
        return box

    def _spin(self, name: str, least: int, tip: str) -> Any:
        spin = QtWidgets.QSpinBox()
        spin.setRange(least, MOST_PIXELS)
        spin.setSuffix(" px")
        spin.setToolTip(tip)
        spin.setKeyboardTracking(False)
        spin.setMinimumWidth(60)
        spin.valueChanged.connect(lambda value: self._choose(name, int(value)))
        return spin

    def _operation_buttons(self) -> Dict[Operation, Any]:
        self._operation_row = QtWidgets.QWidget()
        row = QtWidgets.QHBoxLayout(self._operation_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        group = QtWidgets.QButtonGroup(self)
        buttons = {}
        for operation, icon, text, keys in _OPERATIONS:
            button = QtWidgets.QToolButton()
            button.setCheckable(True)
            button.setIcon(application.icon(icon))
            button.setIconSize(QtCore.QSize(16, 16))
            button.setToolTip(f"{tr(text)} ({keys})")
            button.setAccessibleName(tr(text))
            button.clicked.connect(lambda _=False, chosen=operation: self._choose("operation", chosen))
            group.addButton(button)
            row.addWidget(button)
            buttons[operation] = button
        row.addStretch(1)
        return buttons
