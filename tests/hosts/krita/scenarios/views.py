# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of an image whose pixels say where they are; where the canvas really shows them. Runs inside Krita."""

import basics
from maskwright.krita_host.canvas import KritaCanvas
from PyQt5.QtCore import QPoint, QPointF
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication, QMdiArea

from krita import Krita

app = Krita.instance()


def open_coded(width=400, height=300, resolution=72.0):
    """Open an image in which the pixel (x, y) is R = x % 256, G = y % 256, B = 16 * (x // 256) + y // 256."""
    basics.close_all()
    data = bytes(
        v
        for y in range(height)
        for x in range(width)
        for v in (16 * (x // 256) + y // 256, y % 256, x % 256, 255)
    )
    return open_bgra(width, height, data, resolution)


def open_bgra(width, height, data, resolution=72.0):
    document = app.createDocument(width, height, "coded", "RGBA", "U8", basics.SRGB, resolution)
    document.rootNode().childNodes()[0].setPixelData(data, 0, 0, width, height)
    document.refreshProjection()
    window = app.activeWindow()
    window.addView(document)
    app.setActiveDocument(document)
    window.qwindow().move(0, 0)
    window.qwindow().resize(QApplication.primaryScreen().size())
    document.waitForDone()
    document.setModified(False)
    grid = app.action("view_pixel_grid")
    if grid is not None and grid.isChecked():
        grid.trigger()
    return document


def look(zoom=1.0, rotation=0.0, mirror=False, wrap=False, pan=(0, 0)):
    """Set the view; the zoom is the true scale in device pixels."""
    canvas = app.activeWindow().activeView().canvas()
    canvas.resetRotation()
    canvas.setMirror(mirror)
    canvas.setWrapAroundMode(wrap)
    canvas.setZoomLevel(zoom)
    canvas.setRotation(rotation)
    yield 150
    ours = KritaCanvas.active()
    for bar, delta in zip(ours._bars, pan, strict=True):
        bar.setValue(bar.value() + delta)
    yield 150
    yield from still()


def still():
    """Wait until the screen shows the canvas twice in a row the same; Krita's own message at its top left may fade."""
    last = None
    for _ in range(50):
        image = grab(KritaCanvas.active().widget)
        now = image.copy(0, 110, image.width(), image.height() - 110)
        if now == last:
            return
        last = now
        yield 100


def shown_at(widget, points):
    """The pixels of the screen at these points of the widget."""
    origin = widget.mapToGlobal(QPoint(0, 0))
    grab = QApplication.primaryScreen().grabWindow(0).toImage()
    ratio = grab.devicePixelRatio()
    out = []
    for x, y in points:
        px, py = int((origin.x() + x) * ratio), int((origin.y() + y) * ratio)
        out.append(grab.pixel(px, py) & 0xFFFFFF if grab.rect().contains(px, py) else None)
    return out


def prepare(zoom=1.0, rotation=0.0, mirror=False, wrap=False, pan=(0, 0)):
    """Open the coded image and set the view."""
    open_coded()
    yield 300
    yield from look(zoom, rotation, mirror, wrap, pan)


def wrap_axis(name):
    """Choose how wrap-around mode repeats the image: "hv", "h" or "v"; return what the plugin makes of it."""
    app.action(f"wrap_around_{name}_axis").trigger()
    yield 150
    yield from still()
    return list(KritaCanvas.active().wraps)


kept = []


def keep_canvas():
    """Keep the canvas in front, for `kept_wraps`; a picking has looked at it while it was in front, too."""
    canvas = KritaCanvas.active()
    assert canvas.wraps
    kept.append(canvas)


def kept_wraps():
    """What every canvas that was kept makes of wrap-around mode."""
    return [list(canvas.wraps) for canvas in kept]


def forget_canvases():
    """Keep none."""
    kept.clear()


def second_view():
    """Another view of the document in front, which comes to the front itself."""
    before = app.activeWindow().views()
    app.activeWindow().addView(app.activeDocument())
    yield lambda: len(app.activeWindow().views()) > len(before)
    yield 300


def to_front(index):
    """Bring the view with this number to the front, as a click on its tab does."""
    area = app.activeWindow().qwindow().findChild(QMdiArea)
    area.setActiveSubWindow(area.subWindowList()[index])
    yield lambda: area.activeSubWindow() is area.subWindowList()[index]
    canvas = KritaCanvas.active().widget
    canvas.setFocus()
    yield canvas.hasFocus
    yield from still()


def close_front():
    """Close the view in front, as Ctrl+W does where the document has another one."""
    area = app.activeWindow().qwindow().findChild(QMdiArea)
    count = len(area.subWindowList())
    area.activeSubWindow().close()
    yield lambda: len(area.subWindowList()) == count - 1
    yield from still()
    return len(app.documents())


def scale():
    return abs(KritaCanvas.active().image_to_widget().determinant()) ** 0.5


def decoded(pixel):
    """The image position that a pixel of the coded image names: its centre."""
    r, g, b = pixel >> 16, (pixel >> 8) & 255, pixel & 255
    return [r + 256 * (b // 16) + 0.5, g + 256 * (b % 16) + 0.5]


def readable_places(count):
    """Some places of the screen that show the image, as [x, y, image position], read from the screen alone."""
    widget = KritaCanvas.active().widget
    origin = widget.mapToGlobal(QPoint(0, 0))
    ratio = widget.devicePixelRatioF()
    grid = [
        (int(widget.width() * i / 30), int(widget.height() * j / 20))
        for i in range(1, 30)
        for j in range(1, 20)
        if i > 9 or j > 4  # Krita's own message about the zoom may be there
    ]
    around = [[(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)] for x, y in grid]
    shown = shown_at(widget, [point for group in around for point in group])
    found = []
    for n, (x, y) in enumerate(grid):
        group = [decoded(pixel) for pixel in shown[9 * n : 9 * n + 9] if pixel is not None]
        centre = group[4] if len(group) == 9 else [999, 999]
        near = all(abs(p[k] - centre[k]) <= 4 for p in group for k in (0, 1))
        if near and 3 < centre[0] < 397 and 3 < centre[1] < 297:
            found.append([(origin.x() + x) * ratio, (origin.y() + y) * ratio, centre])
    step = max(1, len(found) // count)
    return found[::step][:count]


def unfolded(x, y):
    """The image position of a place on the screen as if the repetitions were one large image."""
    canvas = KritaCanvas.active()
    origin = canvas.widget.mapToGlobal(QPoint(0, 0))
    ratio = canvas.widget.devicePixelRatioF()
    back, _ = canvas.image_to_widget().inverted()
    point = back.map(QPointF(x / ratio - origin.x(), y / ratio - origin.y()))
    return [point.x(), point.y()]


def errors(zoom=1.0, rotation=0.0, mirror=False, wrap=False, pan=(0, 0), good=0.6):
    """How far the mapping is off, in screen pixels, over a grid of the widget: mapped against really shown pixels.

    Measured again for some seconds while it is more than `good`: the screen may be behind.
    """
    yield from look(zoom, rotation, mirror, wrap, pan)
    for _ in range(20):
        found = _errors(wrap)
        if found["worst"] is not None and found["worst"] <= good:
            break
        yield 250
    return found


def _errors(wrap):
    canvas = KritaCanvas.active()
    widget = canvas.widget
    to_widget = canvas.image_to_widget()
    back, _ = to_widget.inverted()
    width, height = canvas.document.width(), canvas.document.height()
    points, wanted = [], []
    for i in range(1, 24):
        for j in range(1, 16):
            x, y = widget.width() * i / 24, widget.height() * j / 16
            if x < 400 and y < 110:
                continue  # Krita's own message about the zoom may be there
            p = back.map(QPointF(int(x) + 0.5, int(y) + 0.5))
            px, py = p.x(), p.y()
            if wrap:
                px, py = px % width, py % height
            blended = min(abs(px - 256), abs(py - 256)) < 3  # the canvas's blend there names another place
            if not blended and 2 <= px < width - 2 and 2 <= py < height - 2:
                points.append((int(x), int(y)))
                wanted.append((px, py))
    scale = abs(to_widget.determinant()) ** 0.5
    result, bad = [], []
    for shown, (px, py) in zip(shown_at(widget, points), wanted, strict=True):
        if shown is None:
            continue
        r, g, b = shown >> 16, (shown >> 8) & 255, shown & 255
        x, y = r + 256 * (b // 16), g + 256 * (b % 16)
        dx, dy = max(0.0, abs(px - x - 0.5) - 0.5), max(0.0, abs(py - y - 0.5) - 0.5)
        result.append(round(max(dx, dy) * scale, 2))
        if result[-1] > 5:
            bad.append((round(px), round(py), x, y))
    return {
        "points": len(result),
        "worst": max(result, default=None),
        "class": widget.metaObject().className(),
        "scale": round(scale, 4),
        "dpr": widget.devicePixelRatioF(),
        "bad": len(bad),
        "some": bad[:4],
    }


def grab(widget):
    """What the screen shows of the widget, as a QImage."""
    origin = widget.mapToGlobal(QPoint(0, 0))
    screen = QApplication.primaryScreen().grabWindow(
        0, origin.x(), origin.y(), widget.width(), widget.height()
    )
    return screen.toImage()


def rows(image):
    """Give each row of a QImage as bytes of blue, green, red and nothing.

    Whole rows at a time: Krita paints nothing while a scenario looks, and a large screen has millions of pixels.
    """
    pixels = image.convertToFormat(QImage.Format_RGB32)
    width, stride = 4 * pixels.width(), pixels.bytesPerLine()
    data = pixels.constBits().asstring(stride * pixels.height())
    return [data[start : start + width] for start in range(0, len(data), stride)]
