# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of the models from inside: what it shows, and its buttons. Runs inside Krita."""

from maskwright.plugin import the_plugin
from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QTextBrowser,
    QTreeWidget,
)


def dialog(name):
    """The visible dialog of that object name, or None."""
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.objectName() == name]
    return next((w for w in found if w.isVisible()), None)


def plain(button):
    """The text without the letter that Krita gives every button to be pressed with Alt."""
    return button.text().replace("&", "")


def window():
    return dialog("maskwright_models")


def show():
    """Open the window as the docker's button does, at a known place."""
    the_plugin().room.open(the_plugin().room._window)
    yield lambda: window() and window().isVisible()
    window().move(60, 60)
    yield 100


def resize(width, height):
    window().resize(width, height)
    yield 300
    found = window()
    return [found.width(), found.height(), found.minimumSizeHint().width(), found.minimumSizeHint().height()]


def rows():
    """The list's cells, by model id."""
    tree = window().findChild(QTreeWidget)
    found = {}
    for n in range(tree.topLevelItemCount()):
        item = tree.topLevelItem(n)
        found[item.data(0, Qt.UserRole)] = [item.text(column) for column in range(4)]
    return found


def choose(id):
    """Go to a model with the arrow keys, as one does without a mouse."""
    tree = window().findChild(QTreeWidget)
    tree.setFocus()
    for key in (Qt.Key_Home, *[Qt.Key_Down] * tree.topLevelItemCount()):
        QTest.keyClick(tree, key)
        if tree.currentItem().data(0, Qt.UserRole) == id:
            break
    assert tree.currentItem().data(0, Qt.UserRole) == id
    yield 50


def shown():
    """All visible texts and buttons of the window."""
    found = window()
    labels = [w.text() for w in found.findChildren(QLabel) if w.isVisibleTo(found) and w.text()]
    buttons = {
        plain(b): b.isEnabled()
        for b in found.findChildren(QAbstractButton)
        if b.isVisibleTo(found) and b.text()
    }
    return {"labels": labels, "buttons": buttons, "combo": found.findChild(QComboBox).currentText()}


def press(text, place="maskwright_models"):
    """Press a button with the space bar."""
    button = next(
        b for b in dialog(place).findChildren(QAbstractButton) if plain(b) == text and b.isVisible()
    )
    assert button.isEnabled(), text
    button.setFocus()
    QTest.keyClick(button, Qt.Key_Space, delay=0)


def reading():
    """The text of the small window that asks or shows, or None."""
    found = dialog("maskwright_reading")
    return None if found is None else found.findChild(QTextBrowser).toPlainText()


def is_open(name):
    return dialog(name) is not None


def geometry(name="maskwright_models"):
    found = dialog(name).frameGeometry()
    return [found.x(), found.y(), found.width(), found.height()]


def close():
    window().close()
    yield lambda: window() is None


def unreachable():
    """Buttons that Tab cannot reach."""
    found = window()
    return [
        plain(b)
        for b in found.findChildren(QAbstractButton)
        if b.isVisibleTo(found) and b.text() and not b.focusPolicy() & Qt.TabFocus
    ]


def hint():
    """The texts of the hint over the canvas, empty where there is none."""
    bar = the_plugin().room._bar
    return [] if bar is None else [w.text() for w in bar.findChildren((QLabel, QAbstractButton))]


def hint_button(text):
    """Where a button of the hint is on the screen."""
    button = next(b for b in the_plugin().room._bar.findChildren(QAbstractButton) if plain(b) == text)
    centre = button.mapToGlobal(button.rect().center())
    return [centre.x(), centre.y()]


def press_soon(text, place="maskwright_models"):
    """Press a button after this call has answered: what it opens may keep Krita busy until it is closed."""
    yield lambda: dialog(place) is not None
    QTimer.singleShot(0, lambda: press(text, place))
    yield 50


def get(model):
    """Begin a download whose restrictions were accepted before."""
    the_plugin().room.manager.get(model)


def done(model):
    """How many bytes of a download are there."""
    row = the_plugin().room.manager.row(model)
    return row.coming.done or 0 if row is not None and row.coming is not None else 0


def hint_geometry():
    """Where the hint is on the screen."""
    bar = the_plugin().room._bar
    corner = bar.mapToGlobal(bar.rect().topLeft())
    return [corner.x(), corner.y(), bar.width(), bar.height()]
