# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that make picking hard, and what happens to them while the mode is on. Runs inside Krita."""

import basics
import mode
import views
from maskwright.krita_host.canvas import KritaCanvas
from maskwright.krita_host.nodes import active_node
from maskwright.plugin import the_plugin
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QTabletEvent
from PyQt5.QtWidgets import QApplication, QDockWidget, QLineEdit, QMainWindow, QTreeView, QWidget

from krita import Krita

app = Krita.instance()


def _document():
    return app.activeDocument()


def _layers():
    return _document().rootNode().childNodes()


def _settle():
    _document().refreshProjection()
    _document().waitForDone()


def add_layer(through=False):
    """Add an empty layer, or a pass-through group, above all others; it is the active one from now on."""
    document = _document()
    if through:
        node = document.createGroupLayer("added")
        node.setPassThroughMode(True)
    else:
        node = document.createNode("added", "paintlayer")
    document.rootNode().addChildNode(node, None)
    document.waitForDone()
    yield 100
    yield from activate("added")


def activate(name):
    """Make a layer the active one, as a click in the Layers docker does."""
    document = _document()
    node = next(layer for layer in _layers() if layer.name() == name)
    document.setActiveNode(node)
    yield lambda: active_node(document) is not None and active_node(document).name() == name
    yield 50


def names():
    """The layers' names, without the selection itself, which Krita keeps among them."""
    return [layer.name() for layer in _layers() if layer.type() != "selectionmask"]


def active():
    return active_node(_document()).name()


def lock(name, locked=True):
    next(layer for layer in _layers() if layer.name() == name).setLocked(locked)


def show_layer(name, visible):
    next(layer for layer in _layers() if layer.name() == name).setVisible(visible)
    _settle()


def paint(x=340, y=180, radius=60, colour=(40, 60, 90)):
    """Paint a disc over a place of the layer below all others by a script; no undo step tells of it."""
    data = mode.discs(2 * radius, 2 * radius, [(radius, radius, radius, colour)], ground=colour)
    _layers()[0].setPixelData(data, x - radius, y - radius, 2 * radius, 2 * radius)
    _settle()


def open_animation():
    """The red disc in frame 0, the green one in frame 10."""
    document = views.open_bgra(480, 360, mode.discs(480, 360, [(130, 180, 70, mode.RED)]))
    yield 200
    layer = _layers()[0]
    layer.enableAnimation()
    document.setCurrentTime(10)
    document.waitForDone()
    yield 200
    app.action("add_duplicate_frame").trigger()
    document.waitForDone()
    yield 300
    layer.setPixelData(mode.discs(480, 360, [(340, 180, 70, mode.GREEN)]), 0, 0, 480, 360)
    _settle()
    yield from to_frame(0)
    document.setModified(False)
    yield from views.look()


def to_frame(number):
    document = _document()
    document.setCurrentTime(number)
    _settle()
    yield lambda: document.currentTime() == number
    yield 200


def open_tiny():
    """A layer of 3 x 3 pixels, above the discs."""
    yield from mode.open_discs()
    document = _document()
    layer = document.createNode("tiny", "paintlayer")
    layer.setPixelData(bytes((30, 30, 220, 255)) * 9, 129, 179, 3, 3)
    document.rootNode().addChildNode(layer, None)
    _settle()
    yield 100
    yield from activate("tiny")


def docker_places():
    """Where on the screen every visible docker's title and middle are, by its name."""
    window = app.activeWindow().qwindow()
    found = {}
    for docker in window.findChildren(QDockWidget):
        widget = docker.widget()
        if docker.isVisible() and widget is not None and not docker.visibleRegion().isEmpty():
            middle = widget.mapToGlobal(widget.rect().center())
            found[docker.objectName()] = [middle.x(), middle.y()]
    return found


def layer_row():
    """Where on the screen the Layers docker's list is."""
    window = app.activeWindow().qwindow()
    tree = next(
        view
        for docker in window.findChildren(QDockWidget)
        if docker.objectName() == "KisLayerBox"
        for view in docker.findChildren(QTreeView)
        if view.isVisible()
    )
    place = tree.viewport().mapToGlobal(QPoint(tree.viewport().width() - 30, tree.viewport().height() - 8))
    return [place.x(), place.y()]


def search_field():
    """Where on the screen a line to write into is, in another docker than ours."""
    window = app.activeWindow().qwindow()
    for docker in window.findChildren(QDockWidget):
        for field in docker.findChildren(QLineEdit):
            if field.isVisible() and not field.visibleRegion().isEmpty() and not field.isReadOnly():
                place = field.mapToGlobal(field.rect().center())
                return [place.x(), place.y()]
    return None


def canvas_has_keys():
    return KritaCanvas.active().widget.hasFocus()


def history():
    """What Krita would undo and redo."""
    return basics._history()


def select_all():
    app.action("select_all").trigger()
    _document().waitForDone()
    yield 150


def second_window():
    """Another main window that shows the same image."""
    document = _document()
    window = app.openWindow()
    frame = window.qwindow()
    frame.show()  # Krita 5.1 leaves that to who opened it
    frame.move(0, 0)
    frame.resize(QApplication.primaryScreen().size())
    window.addView(document)

    def active():
        frame.raise_()
        frame.activateWindow()
        return frame.isActiveWindow()

    yield active
    yield 500


def close_window():
    """Close the window in front; Krita would ask about a changed image."""
    _document().waitForDone()
    yield 100
    basics.settle_layer_lists()
    _document().setModified(False)
    app.activeWindow().qwindow().close()
    yield 500


def visible_deeds():
    """Which of the docker's buttons are wholly seen on the screen."""
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    screen = QApplication.primaryScreen().geometry()
    seen = []
    for button in docker.findChildren(QWidget):
        text = getattr(button, "text", lambda: "")() or button.accessibleName()
        whole = (
            button.visibleRegion().boundingRect() == button.rect() and not button.visibleRegion().isEmpty()
        )
        corner = button.mapToGlobal(button.rect().bottomRight())
        if text and button.isVisible() and whole and screen.contains(corner):
            seen.append(text)
    return seen


def size_window(width, height):
    window = app.activeWindow().qwindow()
    window.move(0, 0)
    window.resize(width, height)
    yield 400
    return [window.width(), window.height()]


def hide_docker(first=False):
    """Close the docker; `first`: as if the mode had never been used."""
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    docker.setVisible(False)
    if first:
        app.writeSetting("maskwright", "docker_shown", "")
    yield 200


def docker_is_seen():
    docker = next(d for d in app.dockers() if d.objectName() == "maskwright_docker")
    return docker.isVisible() and not docker.visibleRegion().isEmpty()


def press_banner(text):
    """Where on the screen the banner's button with this text is."""
    banner = the_plugin().front._overlay.banner
    button = next(b for b in banner.findChildren(QWidget) if getattr(b, "text", lambda: "")() == text)
    assert button.isVisible()
    place = button.mapToGlobal(button.rect().center())
    return [place.x(), place.y()]


def float_docker(name):
    docker = app.activeWindow().qwindow().findChild(QDockWidget, name)
    docker.setFloating(True)
    yield 300


def dock(name):
    app.activeWindow().qwindow().findChild(QDockWidget, name).setFloating(False)
    yield 300


def main_windows():
    return len([w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow) and w.isVisible()])


def fill_active(colour=mode.RED):
    """Paint two discs onto the active layer by a script."""
    spots = [(130, 180, 70, tuple(colour)), (340, 180, 70, mode.GREEN)]
    active_node(_document()).setPixelData(mode.discs(480, 360, spots), 0, 0, 480, 360)
    _settle()


def clear_layer_and_apply():
    """Delete and Enter, one right after the other: no look lies between."""
    app.action("clear").trigger()
    _document().waitForDone()
    the_plugin().front.wishes.apply()


def paint_and_apply(x, y):
    paint(x, y)
    the_plugin().front.wishes.apply()


_reads = []


def count_reads():
    """Count from now on how often the picking in front reads the picture."""
    host = the_plugin().front.reading._host
    plain = host.read_picture
    _reads.clear()

    def read_picture(source):
        _reads.append(source)
        return plain(source)

    host.read_picture = read_picture


def some_looks():
    yield 1500


def reads():
    return len(_reads)


def open_disc(colour):
    """One disc of this colour where the red one is elsewhere."""
    views.open_bgra(480, 360, mode.discs(480, 360, [(130, 180, 70, tuple(colour))], ground=(60, 60, 60)))
    yield 300
    yield from views.look()


def contrast(x, y, colour):
    """How far the screen's colour at an image position is from what it would be without a mask (both in 0 to 441)."""
    canvas = KritaCanvas.active()
    point = canvas.image_to_widget().map(QPointF(x, y))
    pixel = views.shown_at(canvas.widget, [(point.x(), point.y())])[0]
    shown = pixel & 255, (pixel >> 8) & 255, pixel >> 16
    return sum((a - b) ** 2 for a, b in zip(shown, colour, strict=True)) ** 0.5


def strange_pixels():
    """How many pixels of the discs' ground are seen in another colour, beside the bar and the frame."""
    canvas = KritaCanvas.active()
    image = views.grab(canvas.widget)
    to_widget, banner = canvas.image_to_widget(), the_plugin().front._overlay.banner.geometry()
    seen = canvas.widget.rect().adjusted(5, 5, -5, -5)
    strange = 0
    for y in range(6, 354):
        for x in range(6, 474):
            if min((x - 130) ** 2, (x - 340) ** 2) + (y - 180) ** 2 < 78**2:
                continue
            place = to_widget.map(QPointF(x + 0.5, y + 0.5)).toPoint()
            if seen.contains(place) and not banner.contains(place):
                strange += image.pixel(place) & 0xFFFFFF != 0x5A3C28
    return strange


def pen_on_banner():
    """Press and lift a pen on the banner's sentence, as Qt hands a tablet's events to the widget under it."""
    label = the_plugin().front._overlay.banner._text
    point = QPointF(label.rect().center())
    place = QPointF(label.mapToGlobal(label.rect().center()))
    for event, buttons in ((QEvent.TabletPress, Qt.LeftButton), (QEvent.TabletRelease, Qt.NoButton)):
        kinds = QTabletEvent.Stylus, QTabletEvent.Pen
        held = Qt.NoModifier, 1, Qt.LeftButton, buttons
        QApplication.sendEvent(
            label, QTabletEvent(event, point, place, *kinds, 0.5, 0, 0, 0.0, 0.0, 0, *held)
        )
        yield 50
