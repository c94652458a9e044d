# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita as an application: registering the extension and the docker, windows, settings, icons, texts."""

from __future__ import annotations

from typing import Any, Callable, Optional

from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita

from ..qt import QtWidgets
from .canvas import KritaCanvas
from .host import KritaHost

SETTINGS = "maskwright"
DOCKER_ID = "maskwright_docker"


class _Extension(Extension):
    """Hands each new window to a function."""

    def __init__(self, parent: Any, on_window: Callable[[KritaWindow], None]) -> None:
        super().__init__(parent)
        self._on_window = on_window

    def setup(self) -> None:
        """Krita calls this once, before there is a window."""

    def createActions(self, window: Any) -> None:
        """Krita calls this for each window."""
        self._on_window(KritaWindow(window))


class KritaWindow:
    """A main window in which actions can be made."""

    def __init__(self, window: Any) -> None:
        self._window = window

    def make_action(self, name: str, text: str, menu: str) -> Any:
        """Return a new QAction of the window, in a menu such as "tools/scripts"."""
        return self._window.createAction(name, text, menu)

    def on_view_change(self, slot: Callable[[], None]) -> None:
        """Have `slot` called when another view comes to the front."""
        self._window.activeViewChanged.connect(slot)
        area = self._window.qwindow().findChild(QtWidgets.QMdiArea)
        area.subWindowActivated.connect(lambda _: slot())  # Krita says nothing of a change by Ctrl+Tab


def register(title: str, on_window: Callable[[KritaWindow], None], make_docker: Callable[[], Any]) -> None:
    """Give Krita the extension and the docker; `make_docker` returns the docker's content, a QWidget."""

    class Docker(DockWidget):
        def __init__(self) -> None:
            super().__init__()
            self.setWindowTitle(title)
            self.setWidget(make_docker())

        def canvasChanged(self, _canvas: Any) -> None:
            """Krita calls this some three times a view, also with None; the windows' signals tell more."""

    application = Krita.instance()
    application.addExtension(_Extension(application, on_window))
    factory = DockWidgetFactory(DOCKER_ID, DockWidgetFactoryBase.DockRight, Docker)
    application.addDockWidgetFactory(factory)


def on_closing(slot: Callable[[], None]) -> None:
    """Have `slot` called when Krita ends."""
    notifier = Krita.instance().notifier()
    notifier.setActive(True)
    notifier.applicationClosing.connect(slot)


def front() -> Optional[tuple[KritaCanvas, KritaHost]]:
    """Return the canvas in front and the host of its document, or None when there is no document."""
    canvas = KritaCanvas.active()
    return None if canvas is None else (canvas, KritaHost(canvas.document))


def show_docker() -> None:
    """Bring the docker to the front."""
    for docker in Krita.instance().dockers():  # Window.dockers() is not there on 5.1
        if docker.objectName() == DOCKER_ID:
            docker.setVisible(True)
            docker.raise_()


def actions_with(*shortcuts: Any) -> list[Any]:
    """Return the actions of Krita that have one of the QKeySequences as a shortcut."""
    return [
        action
        for action in Krita.instance().actions()
        if any(shortcut in action.shortcuts() for shortcut in shortcuts)
    ]


def icon(name: str) -> Any:
    """Return one of Krita's icons, in the colours of its theme."""
    return Krita.instance().icon(name)


def read_setting(name: str, default: str) -> str:
    """Return a text that was kept in kritarc."""
    return str(Krita.instance().readSetting(SETTINGS, name, default))


def write_setting(name: str, value: str) -> None:
    """Keep a text in kritarc."""
    Krita.instance().writeSetting(SETTINGS, name, value)


def krita_text(text: str) -> str:
    """Return Krita's own translation of a text, or the text."""
    return str(Krita.krita_i18n(text))
