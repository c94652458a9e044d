# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of every colour space, and every kind of layer, as the plugin reads and writes them. Runs inside Krita."""

import struct
import time

import basics
from maskwright.krita_host.host import KritaHost

from krita import Krita, Selection
from maskwright_plugin.host import HostError, Mask, Operation, Source, Target
from maskwright_shared.geometry import Bounds

app = Krita.instance()
PATCHES = [
    (255, 255, 255),
    (0, 0, 0),
    (128, 128, 128),
    (200, 60, 40),
    (40, 160, 70),
    (60, 80, 190),
    (240, 220, 90),
]
SIDE = 8


def patches():
    """BGRA rows of the patches side by side."""
    row = b"".join(bytes((b, g, r, 255)) * SIDE for r, g, b in PATCHES)
    return row * SIDE


def document_of(model, depth, profile):
    """An sRGB document of the patches, converted by Krita to this colour space, in a view."""
    basics.close_all()
    document = app.createDocument(SIDE * len(PATCHES), SIDE, "patches", "RGBA", "U8", basics.SRGB, 72.0)
    layer = document.createNode("patches", "paintlayer")
    layer.setPixelData(patches(), 0, 0, SIDE * len(PATCHES), SIDE)
    document.rootNode().setChildNodes([layer])
    document.refreshProjection()
    document.waitForDone()
    names = app.profiles(model, depth)
    wanted = next((name for name in names if profile and profile in name), "")
    assert document.setColorSpace(model, depth, wanted), (model, depth, wanted)
    document.waitForDone()
    document.refreshProjection()
    app.activeWindow().addView(document)
    app.setActiveDocument(document)
    document.waitForDone()
    return document


def read(model, depth, profile=""):
    """What the plugin reads of the patches, layer and projection: for each the patches as [r, g, b, a]."""
    document = document_of(model, depth, profile)
    yield 100
    host = KritaHost(document)
    found = {"space": [document.colorModel(), document.colorDepth(), document.colorProfile()]}
    for source in Source:
        picture = host.read_picture(source)
        data = bytes(picture.data)
        assert len(data) == picture.bounds.area * 4
        middle = (SIDE // 2 * picture.bounds.width + SIDE // 2) * 4
        pixels = [data[middle + n * SIDE * 4 :][:4] for n in range(len(PATCHES))]
        found[source.value] = [[p[2], p[1], p[0], p[3]] for p in pixels]
    return found


def write(model, depth, profile=""):
    """Select and cut out in this colour space; whether the bytes are exact."""
    document = document_of(model, depth, profile)
    yield 100
    host = KritaHost(document)
    host.read_picture(Source.LAYER)
    layer = document.rootNode().childNodes()[0]
    bounds = Bounds(10, 2, 20, 4)
    alpha = bytes((n * 3) % 255 + 1 for n in range(80))
    before = bytes(layer.pixelData(*bounds))
    ends = []
    host.write_mask(Mask(bounds, alpha), Target.SELECTION, Operation.REPLACE, ends.append)
    yield lambda: len(ends) == 1
    host.write_mask(Mask(bounds, alpha), Target.NEW_LAYER, Operation.REPLACE, ends.append)
    yield lambda: len(ends) == 2
    assert ends == [None, None], ends
    selected = bytes(document.selection().pixelData(*bounds)) == alpha
    cut = document.rootNode().childNodes()[1]
    now = bytes(cut.pixelData(*bounds))
    size = len(before) // 80
    layout, most = {"U8": ("<B", 255), "U16": ("<H", 65535), "F16": ("<e", 1.0), "F32": ("<f", 1.0)}[depth]
    width = struct.calcsize(layout)
    worst, same = 0.0, True
    for n in range(80):
        a, b = before[n * size : (n + 1) * size], now[n * size : (n + 1) * size]
        same = same and a[:-width] == b[:-width]
        value = struct.unpack(layout, b[-width:])[0] / most
        worst = max(worst, abs(value - alpha[n] / 255))
    return {"selected": selected, "colours": same, "alpha": worst}


def sources():
    """Every kind of layer: what reading it gives, as bounds and the value of one pixel, or the sentence."""
    basics.close_all()
    document = app.createDocument(64, 48, "kinds", "RGBA", "U8", basics.SRGB, 72.0)
    root = document.rootNode()

    def paint(name, x, y, w, h, colour):
        node = document.createNode(name, "paintlayer")
        node.setPixelData(bytes((*colour, 255)) * (w * h), x, y, w, h)
        return node

    plain = paint("plain", 4, 4, 30, 20, (10, 20, 30))
    masked = paint("masked", 0, 0, 64, 48, (50, 60, 70))
    group = document.createNode("group", "grouplayer")
    empty = document.createNode("empty", "paintlayer")
    passing = document.createGroupLayer("passing")
    vector = document.createVectorLayer("vector")
    hidden = paint("hidden", 8, 8, 10, 10, (90, 91, 92))
    locked = paint("locked", 8, 8, 10, 10, (93, 94, 95))
    clone = document.createCloneLayer("clone", plain)
    for node in (plain, masked, group, empty, passing, vector, hidden, locked, clone):
        root.addChildNode(node, None)
    group.addChildNode(paint("in group", 20, 10, 12, 12, (1, 2, 3)), None)
    passing.addChildNode(paint("in passing", 20, 10, 12, 12, (1, 2, 3)), None)
    passing.setPassThroughMode(True)
    rect = '<rect x="10" y="6" width="20" height="16" fill="#ff0000"/>'
    svg = f'<svg width="64px" height="48px" viewBox="0 0 64 48">{rect}</svg>'
    part = Selection()
    part.select(10, 10, 20, 20, 255)
    mask = document.createSelectionMask("a mask")
    mask.setSelection(part)
    masked.addChildNode(mask, None)
    hidden.setVisible(False)
    locked.setLocked(True)
    app.activeWindow().addView(document)
    app.setActiveDocument(document)
    document.waitForDone()
    yield 400
    vector.addShapesFromSvg(svg)  # before there is a view, Krita 5.1 crashes on it
    document.refreshProjection()
    document.waitForDone()
    yield 400
    found = {}
    for name in (
        "plain",
        "masked",
        "a mask",
        "group",
        "empty",
        "passing",
        "vector",
        "hidden",
        "locked",
        "clone",
    ):
        document.setActiveNode(document.nodeByName(name))
        yield 100
        try:
            picture = KritaHost(document).read_picture(Source.LAYER)
        except HostError as error:
            found[name] = str(error)
        else:
            middle = (picture.bounds.height // 2 * picture.bounds.width + picture.bounds.width // 2) * 4
            found[name] = [list(picture.bounds), list(bytes(picture.data)[middle : middle + 4])]
    return found


def every_layer_has_children():
    """Write a selection where no childless layer can be borrowed: exact, in one step."""
    basics.close_all()
    document = app.createDocument(40, 30, "children", "RGBA", "U8", basics.SRGB, 72.0)
    layer = document.rootNode().childNodes()[0]
    part = Selection()
    part.select(1, 1, 5, 5, 255)
    child = document.createSelectionMask("kept")
    child.setSelection(part)
    layer.addChildNode(child, None)
    app.activeWindow().addView(document)
    app.setActiveDocument(document)
    document.setActiveNode(layer)
    document.waitForDone()
    yield 400
    alpha = bytes((n % 255) + 1 for n in range(200))
    ends = []
    KritaHost(document).write_mask(
        Mask(Bounds(5, 6, 20, 10), alpha), Target.SELECTION, Operation.REPLACE, ends.append
    )
    yield lambda: bool(ends)
    yield 400
    exact = ends == [None] and bytes(document.selection().pixelData(5, 6, 20, 10)) == alpha
    children = [node.name() for node in layer.childNodes()]
    yield from basics.step("edit_undo")
    now = document.selection()
    gone = now is None or now.width() == 0
    return {
        "exact": exact,
        "children": children,
        "undone": gone,
        "after": [node.name() for node in layer.childNodes()],
    }


def animated():
    """A layer with two frames: what is read at each time."""
    basics.close_all()
    document = app.createDocument(16, 16, "frames", "RGBA", "U8", basics.SRGB, 72.0)
    app.activeWindow().addView(document)
    app.setActiveDocument(document)
    layer = document.rootNode().childNodes()[0]
    document.setActiveNode(layer)
    layer.setPixelData(bytes((1, 1, 1, 255)) * 256, 0, 0, 16, 16)
    layer.enableAnimation()
    document.waitForDone()
    document.setCurrentTime(5)
    document.waitForDone()
    yield 200
    app.action("add_blank_frame").trigger()
    yield 400
    layer.setPixelData(bytes((9, 9, 9, 255)) * 256, 0, 0, 16, 16)
    found = []
    for frame in (0, 5):
        document.setCurrentTime(frame)
        document.waitForDone()
        yield 300
        found.append(bytes(KritaHost(document).read_picture(Source.LAYER).data)[0])
    return found


def large(width, height):
    """Read and write an image of that size; the seconds of reading and writing."""

    basics.close_all()
    document = app.createDocument(width, height, "large", "RGBA", "U8", basics.SRGB, 72.0)
    app.activeWindow().addView(document)
    app.setActiveDocument(document)
    document.waitForDone()
    yield 500
    host = KritaHost(document)
    start = time.monotonic()
    picture = host.read_picture(Source.PROJECTION)
    seconds = time.monotonic() - start
    assert len(picture.data) == width * height * 4
    mask = Mask(Bounds(100, 100, 1200, 900), bytes(range(1, 251)) * (1200 * 900 // 250))
    ends = []
    host.write_mask(mask, Target.SELECTION, Operation.REPLACE, ends.append)
    yield lambda: bool(ends)
    exact = bytes(document.selection().pixelData(100, 100, 1200, 900)) == mask.alpha
    return {"read": seconds, "exact": exact, "error": str(ends[0])}
