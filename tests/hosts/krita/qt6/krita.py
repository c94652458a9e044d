# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of Krita's API as the plugin needs to come up without a document, over PyQt6: there is no Krita 6 yet."""

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QDockWidget


class Extension(QObject):
    pass


class DockWidget(QDockWidget):
    pass


class DockWidgetFactoryBase:
    DockRight = 1


class DockWidgetFactory:
    def __init__(self, name, _place, kind):
        self.name, self.kind = name, kind


class Selection:
    pass


class Notifier(QObject):
    applicationClosing = pyqtSignal()  # noqa: N815 - Krita's name

    def setActive(self, on):  # noqa: N802 - Krita's name
        pass


class Krita(QObject):
    _one = None

    def __init__(self):
        super().__init__()
        self.extensions, self.factories, self.settings = [], [], {}
        self._notifier = Notifier()

    @classmethod
    def instance(cls):
        cls._one = cls._one or cls()
        return cls._one

    @staticmethod
    def krita_i18n(text):
        return text

    def addExtension(self, extension):  # noqa: N802
        self.extensions.append(extension)

    def addDockWidgetFactory(self, factory):  # noqa: N802
        self.factories.append(factory)

    def notifier(self):
        return self._notifier

    def icon(self, _name):
        return QIcon()

    def readSetting(self, group, name, default):  # noqa: N802
        return self.settings.get((group, name), default)

    def writeSetting(self, group, name, value):  # noqa: N802
        self.settings[group, name] = value

    def activeWindow(self):  # noqa: N802
        return None

    def dockers(self):
        return []
