# SPDX-License-Identifier: GPL-3.0-or-later
"""Where menus and dialogs of Krita's are on the screen. Runs inside Krita, with our plugin or without."""

from PyQt5.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from krita import Krita

app = Krita.instance()


def front():
    """Put the window where it is seen whole."""
    window = app.activeWindow().qwindow()
    window.move(0, 0)
    window.resize(QApplication.primaryScreen().size())
    yield 300


def menu_place(path):
    """The middle of a menu's item on the screen; each menu on the way must be open. None while it is not."""
    menu = app.activeWindow().qwindow().menuBar()
    for n, text in enumerate(path):
        action = next((a for a in menu.actions() if a.text().replace("&", "") == text), None)
        if action is None or not menu.isVisible():
            return None
        if n == len(path) - 1:
            place = menu.mapToGlobal(menu.actionGeometry(action).center())
            return [place.x(), place.y()]
        menu = action.menu()
    return None


def dialog():
    """The dialog that is open: its kind and text, and where its Yes button is; None where there is none."""
    found = QApplication.activeModalWidget()
    if not isinstance(found, QDialog) or not found.isVisible():
        return None
    if isinstance(found, QFileDialog):
        return {"kind": "file", "text": found.windowTitle()}
    if isinstance(found, QMessageBox):
        button = found.button(QMessageBox.Yes)
        place = None if button is None else button.mapToGlobal(button.rect().center())
        return {"kind": "question", "text": found.text(), "yes": place and [place.x(), place.y()]}
    return {"kind": type(found).__name__, "text": found.windowTitle()}


def has_action(name):
    return app.action(name) is not None
