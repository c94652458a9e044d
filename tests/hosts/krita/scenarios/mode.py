# SPDX-License-Identifier: GPL-3.0-or-later
"""The picking mode from inside: pictures to pick in, its state as JSON, where things are on the screen."""

import dataclasses
import os
import time
from pathlib import Path

import basics
import views
from maskwright.bridge import Bridge
from maskwright.canvas.overlay import Overlay
from maskwright.choices import Choices
from maskwright.krita_host.canvas import KritaCanvas
from maskwright.krita_host.host import KritaHost
from maskwright.picking import Picking
from maskwright.picking.following import Following
from maskwright.picking.wishes import Wishes
from maskwright.plugin import Plugin, the_plugin
from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PyQt5.QtGui import QImage, QTabletEvent
from PyQt5.QtWidgets import QApplication, QMdiArea, QToolButton

from krita import Krita
from maskwright_plugin.host import Mask, Operation, Target
from maskwright_shared.geometry import Bounds

app = Krita.instance()


def fresh():
    """No documents, no pickings, the choices as they are at first."""
    plugin = the_plugin()
    for picking in list(plugin._pickings):
        picking.close()
    yield 200
    basics.close_all()
    plugin.choose(Choices())
    yield 50


def choose(**values):
    """Set the docker's choices by the values of their enums."""
    plugin = the_plugin()
    kinds = {
        field.name: type(getattr(plugin.choices, field.name)) for field in dataclasses.fields(plugin.choices)
    }
    plugin.choose(
        dataclasses.replace(plugin.choices, **{name: kinds[name](value) for name, value in values.items()})
    )


def discs(width, height, spots, ground=(40, 60, 90)):
    """BGRA pixels: one-coloured discs (x, y, radius, (b, g, r)) on an even ground."""
    rows = []
    for y in range(height):
        row = bytearray(bytes((*ground, 255)) * width)
        for cx, cy, radius, colour in spots:
            if abs(y - cy) <= radius:
                half = int((radius * radius - (y - cy) ** 2) ** 0.5)
                left, right = max(0, cx - half), min(width, cx + half + 1)
                row[left * 4 : right * 4] = bytes((*colour, 255)) * (right - left)
        rows.append(bytes(row))
    return b"".join(rows)


RED, GREEN = (30, 30, 220), (40, 200, 60)


def open_discs(width=480, height=360, zoom=1.0):
    """Two discs: a red one at (130, 180) and a green one at (340, 180), 70 pixels in radius."""
    spots = [(130, 180, 70, RED), (340, 180, 70, GREEN)]
    views.open_bgra(width, height, discs(width, height, spots))
    yield 300
    yield from views.look(zoom)


def open_part():
    """The two discs, and an active layer above them that ends at x = 240, with the red one on it."""
    yield from open_discs()
    document = app.activeDocument()
    layer = document.createNode("left", "paintlayer")
    layer.setPixelData(discs(240, 360, [(130, 180, 70, RED)]), 0, 0, 240, 360)
    document.rootNode().addChildNode(layer, None)
    document.waitForDone()
    yield 100
    document.setActiveNode(layer)
    yield 100


def open_ring():
    """A red ring around (240, 180): 120 pixels in radius, its hole 40."""
    views.open_bgra(480, 360, discs(480, 360, [(240, 180, 120, RED)]))
    data = discs(81, 81, [(40, 40, 40, (40, 60, 90))], ground=RED)
    app.activeDocument().rootNode().childNodes()[0].setPixelData(data, 200, 140, 81, 81)
    app.activeDocument().refreshProjection()
    app.activeDocument().waitForDone()
    app.activeDocument().setModified(False)
    yield 300
    yield from views.look()


def open_plain(red, width=96, height=96, zoom=4.0):
    """One even colour: the moody model takes the longer the more red there is."""
    views.open_bgra(width, height, bytes((red // 2, red // 2, red, 255)) * (width * height))
    yield 300
    yield from views.look(zoom)


def unusual():
    """Three layers with colour labels, the middle one active, and a tool that is not the first one."""
    document = app.activeDocument()
    root = document.rootNode()
    for name in ("middle", "top"):
        root.addChildNode(document.createNode(name, "paintlayer"), None)
    document.waitForDone()
    yield 200
    below, middle, top = root.childNodes()
    middle.setPixelData(bytes(below.pixelData(0, 0, 480, 360)), 0, 0, 480, 360)
    for layer, label in ((below, 2), (middle, 5), (top, 7)):
        layer.setColorLabel(label)
    document.setActiveNode(middle)
    app.action("KisToolSelectElliptical").trigger()
    document.refreshProjection()
    document.waitForDone()
    yield lambda: document.activeNode().name() == "middle" and current_tool() == ["KisToolSelectElliptical"]
    yield 400
    document.setModified(False)


def row_values(y, x0, x1):
    """The selection's values along a row."""
    return list(bytes(app.activeDocument().selection().pixelData(x0, y, x1 - x0, 1)))


def start(wait=True):
    """Press the action and wait until the image is encoded."""
    app.action("maskwright_select_object").trigger()
    yield 0
    if wait:
        yield (
            lambda: (
                the_plugin().front is not None and the_plugin().front.state.phase.value in ("ready", "failed")
            )
        )
    return state()


def wait_ready():
    """Wait until the picking in front has its image encoded."""
    yield lambda: the_plugin().front is not None and the_plugin().front.state.phase.value == "ready"


def is_plain(x, y, radius=30):
    """Whether the screen shows one colour alone around an image position."""
    canvas = KritaCanvas.active()
    middle = canvas.image_to_widget().map(QPointF(x, y))
    image = views.grab(canvas.widget)
    ratio = image.width() / canvas.widget.width()
    left, top = (round((value - radius) * ratio) for value in (middle.x(), middle.y()))
    part = image.copy(left, top, round(2 * radius * ratio), round(2 * radius * ratio))
    return len({row[at : at + 3] for row in views.rows(part) for at in range(0, len(row), 4)}) == 1


def canvas_only():
    """Whether Krita shows nothing but the canvas."""
    return app.action("view_show_canvas_only").isChecked()


def toggle():
    app.action("maskwright_select_object").trigger()


def state():
    picking = the_plugin().front
    checked = app.action("maskwright_select_object").isChecked()
    if picking is None:
        return {"on": False, "checked": checked}
    now = picking.state
    return {
        "on": True,
        "checked": checked,
        "phase": now.phase.value,
        "progress": now.progress,
        "sentence": picking.sentence,
        "message": now.message,
        "retry": picking.can_retry,
        "busy": now.busy,
        "stalled": now.stalled,
        "points": [list(point) for point in now.prompts.points],
        "box": None if now.prompts.box is None else list(now.prompts.box),
        "mask": now.prompts.mask is not None,
        "previews": len(now.previews),
        "chosen": now.chosen,
        "area": None if now.preview is None else now.preview.area,
        "hover": None if now.hover is None else now.hover.area,
        "operation": picking.operation.value,
        "model": now.model,
        "picture": None if picking.reading.bounds is None else list(picking.reading.bounds),
    }


_said = []


def watch_sentences():
    """Note every phase and sentence that the pickings show from now on."""
    _said.clear()

    def note():
        picking = the_plugin().front
        if picking is not None and picking.sentence:
            _said.append([picking.state.phase.value, picking.sentence])

    the_plugin().listen(note)
    _kept.append(note)


def sentences():
    return _said


def wait_mask():
    """Wait for the answer to the prompts there are."""
    yield lambda: the_plugin().front.state.preview is not None and not the_plugin().front.state.busy
    return state()


def wait_off():
    yield lambda: the_plugin().front is None
    yield 200
    return state()


def to_screen(x, y):
    """Where an image position is on the screen, in the screen's own pixels."""
    canvas = KritaCanvas.active()
    point = canvas.image_to_widget().map(QPointF(x, y))
    origin = canvas.widget.mapToGlobal(QPoint(0, 0))
    ratio = canvas.widget.devicePixelRatioF()
    return [(origin.x() + point.x()) * ratio, (origin.y() + point.y()) * ratio]


def canvas_rect():
    """The canvas on the screen: x, y, width, height in the screen's own pixels."""
    widget = KritaCanvas.active().widget
    origin = widget.mapToGlobal(QPoint(0, 0))
    ratio = widget.devicePixelRatioF()
    return [value * ratio for value in (origin.x(), origin.y(), widget.width(), widget.height())]


def selection():
    """The selection's bytes over the image, as a histogram and bounds; None where nothing is selected."""

    mask = KritaHost(app.activeDocument()).read_selection()
    if mask is None:
        return None
    data = bytes(mask.alpha)
    return {
        "bounds": list(mask.bounds),
        "full": data.count(255),
        "soft": len(data) - data.count(255) - data.count(0),
    }


def value_at(x, y):
    """The selection's value at a pixel, 0 where nothing is selected."""
    found = app.activeDocument().selection()
    return 0 if found is None else bytes(found.pixelData(x, y, 1, 1))[0]


def tree():
    """The layer tree as [name, type, [children]], and what is active, modified and labelled."""

    def walk(node):
        return [node.name(), node.type(), [walk(child) for child in node.childNodes()]]

    document = app.activeDocument()
    layers = [
        node for node in document.rootNode().childNodes() if node.type() != "selectionmask"
    ]  # the selection itself
    return {
        "layers": [walk(node) for node in layers],
        "active": document.activeNode().name(),
        "labels": [node.colorLabel() for node in layers],
        "modified": document.modified(),
        "tool": current_tool(),
    }


def current_tool():
    """The name of the tool button that is pressed in the toolbox."""

    window = app.activeWindow().qwindow()
    buttons = [
        b for b in window.findChildren(QToolButton) if b.isCheckable() and b.isChecked() and b.objectName()
    ]
    return sorted(b.objectName() for b in buttons if b.objectName().startswith(("Krita", "Kis")))


def look_at_view():
    """Zoom, rotation and scroll bars of the view in front."""
    canvas = app.activeWindow().activeView().canvas()
    bars = KritaCanvas.active()._bars
    return {
        "zoom": round(canvas.zoomLevel(), 4),
        "rotation": canvas.rotation(),
        "scroll": [bar.value() for bar in bars],
    }


def undo():
    yield from basics.step("edit_undo")


def redo():
    yield from basics.step("edit_redo")


def undo_and_close_at_once():
    """Press Ctrl+Z and Ctrl+W; nothing here waits for Krita's layer lists, as other scenarios must."""
    document = app.activeDocument()
    yield lambda: basics.press("edit_undo")
    yield lambda: document.selection() is None
    assert not document.modified(), "Krita would ask"
    app.action("file_close").trigger()
    yield lambda: not app.documents()
    yield 1000


def focus_name():
    widget = QApplication.focusWidget()
    return "" if widget is None else type(widget).__name__


def layer_pixel(index, x, y):
    layer = app.activeDocument().rootNode().childNodes()[index]
    return list(bytes(layer.pixelData(x, y, 1, 1)))


def select_rect(x, y, width, height):
    """Make a rectangle the selection as a user would."""

    ends = []
    mask = Mask(Bounds(x, y, width, height), b"\xff" * (width * height))
    KritaHost(app.activeDocument()).write_mask(mask, Target.SELECTION, Operation.REPLACE, ends.append)
    yield lambda: bool(ends)
    yield 150


def moving_pixels(pause, least=40):
    """Image positions (rounded) whose pixel on the screen changed during the pause; tried again while there are few."""
    moved = []
    deadline = time.monotonic() + 15
    while len(moved) < least and time.monotonic() < deadline:
        first = views.grab(KritaCanvas.active().widget)
        yield pause
        moved = _moved(first, views.grab(KritaCanvas.active().widget))
    return moved


def _moved(first, second):
    back, _ = KritaCanvas.active().image_to_widget().inverted()
    moved = []
    for y, (before, after) in enumerate(zip(views.rows(first), views.rows(second), strict=True)):
        for x in range(first.width()) if before != after else ():
            if before[4 * x : 4 * x + 3] != after[4 * x : 4 * x + 3]:
                p = back.map(QPointF(x, y))
                if 0 <= p.x() < 480 and 0 <= p.y() < 360:  # around the image other things may move too
                    moved.append([round(p.x()), round(p.y())])
    return moved


def shortcut():
    action = app.action("maskwright_select_object")
    wanted = action.shortcut()
    also = [
        other.objectName()
        for other in app.actions()
        if other.objectName() != action.objectName() and other.shortcut() == wanted
    ]
    menu = app.activeWindow().qwindow().menuBar()
    found = any(action in top.menu().actions() for top in menu.actions() if top.menu())
    return {"shortcut": wanted.toString(), "also": also, "menu": found}


def pen(x, y, eraser=False):
    """Press and lift a pen there, as Qt hands a tablet's events to the widget under it."""

    overlay = the_plugin().front._overlay
    point = KritaCanvas.active().image_to_widget().map(QPointF(x, y))
    place = QPointF(overlay.mapToGlobal(QPoint(0, 0))) + point
    kind = QTabletEvent.Eraser if eraser else QTabletEvent.Pen
    buttons = {QEvent.TabletPress: Qt.LeftButton, QEvent.TabletRelease: Qt.NoButton}
    for event in (QEvent.TabletPress, QEvent.TabletRelease):
        sent = QTabletEvent(
            event,
            point,
            place,
            QTabletEvent.Stylus,
            kind,
            0.5,
            0,
            0,
            0.0,
            0.0,
            0,
            Qt.NoModifier,
            1,
            Qt.LeftButton,
            buttons[event],
        )
        QApplication.sendEvent(overlay, sent)
        yield 50


def two_documents():
    """Two pictures of discs, each in a view of its own; the first one is in front."""
    spots = [(130, 180, 70, RED), (340, 180, 70, GREEN)]
    first = views.open_bgra(480, 360, discs(480, 360, spots))
    second = app.createDocument(480, 360, "second", "RGBA", "U8", basics.SRGB, 72.0)
    second.rootNode().childNodes()[0].setPixelData(discs(480, 360, spots), 0, 0, 480, 360)
    second.refreshProjection()
    app.activeWindow().addView(second)
    yield 500
    _documents[:] = [first, second]
    yield from activate(0)


_documents = []


def activate(index):
    """Bring a document's view to the front as a click on its tab does."""
    area = app.activeWindow().qwindow().findChild(QMdiArea)
    area.setActiveSubWindow(area.subWindowList()[index])
    yield lambda: app.activeWindow().activeView().document() == _documents[index]
    yield 300


def pickings():
    return len(the_plugin()._pickings)


_beats = []
_spent = {}


def _starved():
    """Seconds for which the main thread could have run and got no processor."""
    return int(Path(f"/proc/self/task/{os.getpid()}/schedstat").read_text().split()[1]) / 1e9


_kept = []
_READING = ("read_picture", "read_selection")


def _timed(owner, name):
    """Note how much of the main thread's time each call of a method takes, without what reads pixels in it."""
    plain = getattr(owner, name)

    def timed(*args, **kwargs):
        start = time.thread_time()
        _spent["reading"] = 0.0
        try:
            return plain(*args, **kwargs)
        finally:
            took = time.thread_time() - start - (0.0 if name in _READING else _spent["reading"])
            if name in _READING:
                _spent["reading"] = took
            else:
                key = f"{owner.__name__}.{name}"
                _spent[key] = max(_spent.get(key, 0.0), took)

    setattr(owner, name, timed)
    _kept.append(timed)  # a signal connected to it meanwhile holds no reference, and would crash Krita
    return lambda: setattr(owner, name, plain)


def beat():
    """Begin to watch the main thread: how late a timer of 5 ms is, and what our own slots cost.

    What other programs on the machine took away from the thread does not count.
    """
    timer = QTimer(app.activeWindow().qwindow())
    _beats[:] = [timer, time.monotonic() - _starved(), 0.0]
    _spent.clear()

    def tick():
        now = time.monotonic() - _starved()
        _beats[2] = max(_beats[2], now - _beats[1])
        _beats[1] = now

    timer.timeout.connect(tick)
    timer.start(5)
    watched = [
        (KritaHost, "read_picture"),
        (KritaHost, "read_selection"),
        (Following, "_tick"),
        (Picking, "_show"),
    ]
    watched += [
        (Picking, "read"),
        (Wishes, "click"),
        (Wishes, "hover"),
        (Overlay, "paintEvent"),
        (Bridge, "_run"),
    ]
    watched += [(Plugin, "toggle")]
    _beats.append([_timed(owner, name) for owner, name in watched])


def latest_beat():
    """The watching ends: the longest wait between two beats, and the longest of our own slots, in milliseconds."""
    _beats[0].stop()
    for restore in _beats[3]:
        restore()
    slots = {name: round(seconds * 1000, 1) for name, seconds in _spent.items() if name != "reading"}
    return {"late": _beats[2] * 1000, "slots": slots}


def open_photo(path, zoom):
    """Open a picture file's pixels as a document in a view."""
    image = QImage(path).convertToFormat(QImage.Format_ARGB32)
    bits = image.constBits().asstring(image.width() * image.height() * 4)
    views.open_bgra(image.width(), image.height(), bits)
    yield 500
    yield from views.look(zoom)
    yield 1800


def tinted_bounds():
    """The image rectangle in which the screen shows the red disc's tint, by its colour; None while there is none."""
    canvas = KritaCanvas.active()
    back, _ = canvas.image_to_widget().inverted()
    image = views.grab(canvas.widget)
    ratio = image.width() / canvas.widget.width()
    xs, ys, count = [], [], 0
    for y, row in enumerate(_tinted_rows(image)):
        count += row.count(1)
        for x in {row.find(1), row.rfind(1)} - {-1}:  # the outermost ones bound the others
            p = back.map(QPointF(x / ratio, y / ratio))
            xs.append(p.x())
            ys.append(p.y())
    return [min(xs), min(ys), max(xs), max(ys)] if count > 400 else None


_TINT = ((95, 125), (50, 80), (130, 156))
"""What the red disc's tint makes of blue, green and red: the lowest and the highest."""


def _tinted_rows(image):
    """Give each row of an image as bytes, 1 where a pixel has the red disc's tint."""
    tables = [bytes(low <= value <= high for value in range(256)) for low, high in _TINT]
    for row in views.rows(image):
        planes = (row[i::4].translate(table) for i, table in enumerate(tables))
        blue, green, red = (int.from_bytes(plane, "big") for plane in planes)
        yield (blue & green & red).to_bytes(len(row) // 4, "big")
