# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the plugin's docker and overlay under PyQt6 and writes what came of it as JSON. Run by a test."""

import json
import sys

from PyQt6.QtWidgets import QApplication

application = QApplication(sys.argv[:1])

import maskwright  # noqa: E402, F401 - registers itself with the stand-in for Krita
from maskwright.canvas.mapping import Mapping  # noqa: E402
from maskwright.canvas.overlay import Overlay  # noqa: E402
from maskwright.docker.options import OptionsForm  # noqa: E402
from maskwright.qt import QT  # noqa: E402
from PyQt6.QtCore import QPoint, QPointF, Qt  # noqa: E402
from PyQt6.QtGui import QPointingDevice, QTabletEvent, QTransform  # noqa: E402
from PyQt6.QtTest import QTest  # noqa: E402
from PyQt6.QtWidgets import QAbstractButton, QWidget  # noqa: E402

from krita import Krita  # noqa: E402
from maskwright_plugin.picking.state import Phase, Preview, State  # noqa: E402
from maskwright_shared.geometry import Bounds, View  # noqa: E402


class Recorder:
    """Notes what a user wants."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.append((name, args, kwargs))


def docker():
    """The docker, whose option a click changes, and what is kept of that."""
    dock = Krita.instance().factories[0].kind()
    content = dock.widget()
    dock.resize(260, 600)
    dock.show()
    form = content.findChild(OptionsForm)
    form.setEnabled(True)
    box = next(b for b in form.findChildren(QAbstractButton) if b.text() == "Fill holes")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    kept = json.loads(Krita.instance().readSetting("maskwright", "choices", "{}"))
    return {"fill_holes": kept.get("fill_holes"), "width": content.minimumSizeHint().width()}


def overlay():
    """Clicks, a drag, keys and a pen on the overlay, and how it is painted."""
    canvas = QWidget()
    canvas.resize(400, 300)
    canvas.setStyleSheet("background: #808080")
    canvas.show()
    recorder = Recorder()
    mapping = Mapping(QTransform().scale(2, 2), (400, 300), (200, 150), (False, False))
    over = Overlay(canvas, recorder, lambda: mapping, ())
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    QTest.mouseClick(over, left, pos=QPoint(100, 60))
    QTest.mouseClick(over, right, pos=QPoint(50, 60))
    QTest.mousePress(over, left, pos=QPoint(20, 100))
    QTest.mouseMove(over, QPoint(120, 160))
    QTest.mouseRelease(over, left, pos=QPoint(120, 160))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backspace):
        QTest.keyClick(canvas, key)
    pen(over)
    preview = Preview(
        View(0, 0, 200, 150, 200, 150), Bounds(40, 30, 80, 60), b"\xff" * 4800, 0, None, 1.0, 4800
    )
    over.show_state(State(phase=Phase.READY, previews=(preview,)), "a sentence", can_retry=False)
    image = canvas.grab().toImage()
    wanted = ("click", "box", "apply", "cancel", "next_candidate", "undo")
    calls = []
    for name, args, kwargs in recorder.calls:
        if name == "click":
            calls.append([name, *args, kwargs["foreground"]])
        elif name == "box":
            calls.append([name, *args[0]])
        elif name in wanted:
            calls.append([name])
    return {
        "calls": calls,
        "inside": image.pixel(160, 140) & 0xFFFFFF,
        "outside": image.pixel(380, 250) & 0xFFFFFF,
    }


def pen(over):
    device = QPointingDevice.primaryPointingDevice()
    eraser = QPointingDevice(
        "pen",
        7,
        QPointingDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Eraser,
        device.capabilities(),
        1,
        3,
    )
    place = QPointF(30, 30)
    for kind, buttons in (
        (QTabletEvent.Type.TabletPress, Qt.MouseButton.LeftButton),
        (QTabletEvent.Type.TabletRelease, Qt.MouseButton.NoButton),
    ):
        event = QTabletEvent(
            kind, eraser, place, place, 0.5, 0, 0, 0, 0, 0,
            Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, buttons,
        )  # fmt: skip
        QApplication.sendEvent(over, event)


sys.stdout.write(json.dumps({"qt": QT, "docker": docker(), "overlay": overlay()}) + "\n")
