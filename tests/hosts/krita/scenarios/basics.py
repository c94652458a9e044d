# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario steps that many tests need: documents, windows, the end of Krita. Runs inside Krita."""

from PyQt5.QtCore import QAbstractItemModel, QEvent, QMetaObject, Qt
from PyQt5.QtWidgets import QApplication

from krita import Krita

app = Krita.instance()
SRGB = "sRGB-elle-V2-srgbtrc.icc"


def settle_layer_lists():
    """Have Krita's lists of layers take in every change now.

    They keep changed layers for a moment, and look at them even when the document was closed meanwhile: then Krita
    crashes, without any plugin, after Ctrl+A and a close within a quarter of a second (5.1.5, 5.2.9, 5.3.4).
    At least one turn of the event loop must lie behind the last change.
    """
    for document in app.documents():
        document.waitForDone()
    QApplication.sendPostedEvents(None, QEvent.MetaCall)  # what Krita's other threads have told so far
    for window in QApplication.topLevelWidgets():
        for model in window.findChildren(QAbstractItemModel):
            if model.metaObject().className() == "KisNodeModel":
                QMetaObject.invokeMethod(model, "processUpdateQueue", Qt.DirectConnection)


def quit_krita():
    settle_layer_lists()
    for document in app.documents():
        document.setModified(False)
    app.action("file_quit").trigger()


def close_all():
    for document in app.documents():
        settle_layer_lists()
        document.setModified(False)
        document.close()


def info():
    return {"version": app.version(), "documents": len(app.documents())}


def trigger(name):
    app.action(name).trigger()


def press(name):
    """Undo or redo one step; return whether Krita did it: while an image is busy it ignores the key."""
    app.activeDocument().waitForDone()
    before = _history()
    app.action(name).trigger()
    return _history() != before


def step(name):
    """Undo or redo one step, pressing again as a user does where nothing happens, and wait until it is done."""
    yield lambda: press(name)
    app.activeDocument().waitForDone()
    yield 100


def _history():
    actions = [app.action(name) for name in ("edit_undo", "edit_redo")]
    return [(action.isEnabled(), action.text()) for action in actions]
