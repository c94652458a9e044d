# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario steps that many tests need: documents, windows, the end of Krita. Runs inside Krita."""

from krita import Krita

app = Krita.instance()
SRGB = "sRGB-elle-V2-srgbtrc.icc"


def quit_krita():
    for document in app.documents():
        document.setModified(False)
    app.action("file_quit").trigger()


def close_all():
    for document in app.documents():
        document.setModified(False)
        document.close()


def info():
    return {"version": app.version(), "documents": len(app.documents())}


def trigger(name):
    app.action(name).trigger()
