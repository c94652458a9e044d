# SPDX-License-Identifier: GPL-3.0-or-later
"""What Krita gets from the plugin: the docker and the actions."""

from __future__ import annotations

from .docker.docker import DockerContent
from .i18n import tr
from .krita_host import application
from .plugin import the_plugin
from .qt import QtCore, is_gone

MENU = "tools"


def register() -> None:
    """Tell Krita of the docker and the actions."""
    application.register(tr("Select Object"), _on_window, lambda: DockerContent(the_plugin()))
    application.on_closing(lambda: the_plugin().close())


def _on_window(window: application.KritaWindow) -> None:
    """Make the window's actions; the texts here win over those of the .action file."""
    plugin = the_plugin()
    select = window.make_action("maskwright_select_object", tr("Select Object"), MENU)
    select.setCheckable(True)
    select.setToolTip(tr("Click an object in the image to select it"))
    select.triggered.connect(lambda *_: plugin.toggle())
    refine = window.make_action("maskwright_refine_selection", tr("Select Object from My Selection"), MENU)
    refine.triggered.connect(lambda *_: plugin.refine())

    def follow() -> None:
        if is_gone(select):
            plugin.forget(follow)
        else:
            select.setChecked(plugin.front is not None)

    plugin.listen(follow)
    window.on_view_change(lambda: QtCore.QTimer.singleShot(0, plugin.tell))
