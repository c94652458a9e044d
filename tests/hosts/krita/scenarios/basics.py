# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario steps that many tests need: documents, windows, the end of Krita. Runs inside Krita."""

import dataclasses

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


def fresh():
    """No documents, no pickings, the choices as they are at first."""
    from maskwright.choices import Choices
    from maskwright.plugin import the_plugin

    plugin = the_plugin()
    for picking in list(plugin._pickings.values()):
        picking.close()
    yield 200
    close_all()
    plugin.choose(Choices())
    yield 50


def choose(**values):
    """Set the docker's choices by the values of their enums."""
    from maskwright.plugin import the_plugin

    plugin = the_plugin()
    kinds = {field.name: type(getattr(plugin.choices, field.name)) for field in dataclasses.fields(plugin.choices)}
    plugin.choose(dataclasses.replace(plugin.choices, **{name: kinds[name](value) for name, value in values.items()}))


def info():
    return {"version": app.version(), "documents": len(app.documents())}


def trigger(name):
    app.action(name).trigger()
