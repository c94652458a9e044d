# SPDX-License-Identifier: GPL-3.0-or-later
"""The docker from inside: its texts, its buttons, its size. Runs inside Krita."""

import dataclasses

from maskwright.choices import Choices
from maskwright.docker.model_chooser import ModelChooser
from maskwright.docker.options import OptionsForm
from maskwright.plugin import the_plugin
from PyQt5.QtCore import Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QAbstractButton, QComboBox, QLabel, QSpinBox, QToolButton, QWidget

from krita import Krita

app = Krita.instance()


def content():
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    return docker.widget()


def texts():
    """The texts of all visible labels, buttons and chosen items of the docker, and of the action."""
    shown = []
    for widget in content().findChildren(QWidget):
        if not widget.isVisibleTo(content()):
            continue
        if isinstance(widget, (QLabel, QAbstractButton)) and widget.text():
            shown.append(widget.text())
        if isinstance(widget, QComboBox):
            shown.append(widget.currentText())
    return {"shown": shown, "action": app.action("maskwright_select_object").text().replace("&", "")}


def chooser():
    """What the docker offers as models."""
    combo = content().findChild(ModelChooser)
    return {
        "shown": combo.isVisibleTo(content()),
        "items": [combo.itemText(row) for row in range(combo.count())],
        "current": combo.currentData(),
        "tip": combo.toolTip(),
        "kept": Choices.load().model,
    }


def choose_model(id):
    """Choose a model with the arrow keys, as one does without a mouse."""
    combo = content().findChild(ModelChooser)
    combo.setFocus()
    key = Qt.Key_Down if combo.findData(id) > combo.currentIndex() else Qt.Key_Up
    for _ in range(combo.count()):
        if combo.currentData() == id:
            break
        QTest.keyClick(combo, key)
        yield 50
    assert combo.currentData() == id


def options():
    """The mask options of the picking in front, as the daemon gets them."""
    return dataclasses.asdict(the_plugin().front._session.options)


def begin_number(name):
    """Put the keyboard into a number field, all of it marked."""
    spin = getattr(content().findChild(OptionsForm), f"_{name}")
    spin.setFocus()
    spin.selectAll()
    yield spin.hasFocus


def problem():
    return the_plugin().setting_up.problem


def press(text):
    button = next(
        b for b in content().findChildren(QAbstractButton) if b.text() == text and b.isVisibleTo(content())
    )
    assert button.isEnabled(), text
    QTest.mouseClick(button, Qt.LeftButton)
    yield 100


def squeeze(width):
    """Make the docker that wide; the texts that no longer fit into their buttons."""
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    docker.setFloating(True)
    yield 200
    docker.resize(width, 600)
    yield 300
    inner = content()
    cut = [
        b.text()
        for b in inner.findChildren(QAbstractButton)
        if b.isVisibleTo(inner)
        and b.text()
        and b.width() < b.fontMetrics().horizontalAdvance(b.text().replace("&", ""))
    ]
    right = [
        w.mapTo(inner, w.rect().topRight()).x()
        for w in inner.findChildren(QWidget)
        if w.isVisibleTo(inner) and w.width() > 0
    ]
    cut += ["beyond the edge"] if max(right) > inner.width() else []
    found = {"minimum": docker.minimumSizeHint().width(), "cut": cut, "width": docker.width()}
    docker.setFloating(False)
    yield 200
    return found


def tab_order():
    """Controls that Tab cannot reach, and controls without a name for a screen reader."""
    kinds = (QAbstractButton, QComboBox, QSpinBox)
    controls = [w for kind in kinds for w in content().findChildren(kind) if w.isVisibleTo(content())]
    unreachable = [type(w).__name__ for w in controls if not w.focusPolicy() & Qt.TabFocus]
    nameless = [
        w.toolTip() for w in controls if isinstance(w, QToolButton) and not (w.text() or w.accessibleName())
    ]
    return {"unreachable": unreachable, "nameless": nameless}


def is_enabled(text):
    return next(b for b in content().findChildren(QAbstractButton) if b.text() == text).isEnabled()


def float_at(x, y, width, height):
    """Let the docker float there, for its picture."""
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    docker.setFloating(True)
    docker.move(x, y)
    docker.resize(width, height)
    yield 300


def rect():
    """Where the docker is on the screen: x, y, width, height."""
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    r = docker.frameGeometry()
    return [r.x(), r.y(), r.width(), r.height()]
