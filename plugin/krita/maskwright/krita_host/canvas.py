# SPDX-License-Identifier: GPL-3.0-or-later
"""A view's canvas: its widget, and how image coordinates and widget coordinates map to each other."""

from __future__ import annotations

from typing import Any, Optional

from krita import Krita

from ..qt import QtCore, QtGui, QtWidgets, is_gone

_CLASSES = ("KisOpenGLCanvas2", "KisQPainterCanvas")


class KritaCanvas:
    """The canvas of one view. Widget coordinates are logical pixels, origin at the widget's top left."""

    def __init__(self, view: Any, widget: Any) -> None:
        self.widget = widget
        self._view = view
        area = _ancestor(widget, QtWidgets.QAbstractScrollArea)
        self._bars = area.horizontalScrollBar(), area.verticalScrollBar()
        self._sub = _ancestor(widget, QtWidgets.QMdiSubWindow)
        self._axes = True, True

    @classmethod
    def active(cls) -> Optional[KritaCanvas]:
        """Return the canvas in front, or None when there is no document."""
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        if view is None or view.document() is None:
            return None
        widget = active_canvas_widget(window)
        return cls(view, widget) if widget is not None else None

    @property
    def widget_alive(self) -> bool:
        """Whether Qt has not destroyed the widget."""
        return not is_gone(self.widget)

    @property
    def alive(self) -> bool:
        """Whether the view was not closed."""
        return not is_gone(self.widget) and self._view.document() is not None

    @property
    def in_front(self) -> bool:
        """Whether it is the canvas of the active view of the active window."""
        window = Krita.instance().activeWindow()
        if is_gone(self.widget) or window is None or self.widget.window() is not window.qwindow():
            return False
        return not is_gone(self._sub) and self._sub.mdiArea().activeSubWindow() is self._sub

    @property
    def document(self) -> Any:
        """The view's document."""
        return self._view.document()

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether wrap-around mode repeats the image sideways and downwards; Krita's CPU canvas never shows it."""
        if not self._view.canvas().wrapAroundMode() or self.widget.metaObject().className() != _CLASSES[0]:
            return False, False
        if (
            self.in_front
        ):  # Krita keeps the axes for each view, and tells them of the one in front by its actions
            self._axes = not _checked("wrap_around_v_axis"), not _checked("wrap_around_h_axis")  # since 5.2
        return self._axes

    def image_to_widget(self) -> Any:
        """Return the QTransform from image coordinates to the widget's."""
        if hasattr(self._view, "flakeToImageTransform"):
            to_flake, _ = self._view.flakeToImageTransform().inverted()
            return to_flake * self._view.flakeToCanvasTransform()
        return self._computed()

    def _computed(self) -> Any:
        """Krita 5.1 tells zoom, rotation, mirror and scroll bars, and no transform."""
        canvas = self._view.canvas()
        document = self._view.document()
        zoom = (
            canvas.zoomLevel() * 72.0 / document.resolution()
        )  # zoomLevel() of 5.1 has the resolution in it
        transform = QtGui.QTransform()
        transform.rotate(canvas.rotation())
        if canvas.mirror():
            transform.scale(-1.0, 1.0)
        transform.scale(zoom, zoom)
        corner = transform.mapRect(QtCore.QRectF(0, 0, document.width(), document.height())).topLeft()
        scroll = [bar.value() for bar in self._bars]
        return transform * QtGui.QTransform.fromTranslate(-corner.x() - scroll[0], -corner.y() - scroll[1])


def active_canvas_widget(window: Any) -> Optional[Any]:
    """Return the canvas widget of the window's active view; those behind other tabs say they are visible too."""
    area = window.qwindow().findChild(QtWidgets.QMdiArea)
    sub = area.activeSubWindow() if area is not None else None
    if sub is None:
        return None
    for child in sub.findChildren(QtWidgets.QWidget):
        if child.metaObject().className() in _CLASSES:
            return child
    return None


def _ancestor(widget: Any, kind: Any) -> Any:
    parent = widget.parentWidget()
    while not isinstance(parent, kind):
        parent = parent.parentWidget()
    return parent


def _checked(name: str) -> bool:
    action = Krita.instance().action(name)
    return action is not None and action.isChecked()
