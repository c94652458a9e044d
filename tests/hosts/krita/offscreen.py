# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints masks with the plugin's own code in a Python that has Qt and no Krita, and prints what came of it as JSON.

QT_QPA_PLATFORM=offscreen python3 offscreen.py CHECKOUT same|steps|time
"""

import itertools
import json
import math
import random
import re
import sys
import time
import types
from pathlib import Path

CHECKOUT = Path(sys.argv[1])
sys.path[:0] = [str(CHECKOUT / "shared"), str(CHECKOUT / "plugin")]
package = types.ModuleType("maskwright")  # its __init__ registers with Krita
package.__path__ = [str(CHECKOUT / "plugin/krita/maskwright")]
sys.modules["maskwright"] = package

from maskwright.canvas import mask_picture  # noqa: E402
from maskwright.canvas.mapping import Mapping  # noqa: E402
from maskwright.qt import QtGui, QtWidgets  # noqa: E402

from maskwright_plugin.picking.state import Preview  # noqa: E402
from maskwright_shared.geometry import Bounds, View  # noqa: E402

app = QtWidgets.QApplication([])
FORMAT = QtGui.QImage.Format.Format_ARGB32_Premultiplied
WIDGET = (700, 500)


def preview(columns, rows, alpha, bounds=None):
    return Preview(
        View(0, 0, columns, rows, columns, rows), bounds or Bounds(0, 0, columns, rows), alpha, 0, 0.9, 0.9, 1
    )


def disc(columns, rows, radius):
    lines = []
    for y in range(rows):
        half = math.isqrt(max(0, radius * radius - (y - rows // 2) ** 2))
        left, right = max(0, columns // 2 - half), min(columns, columns // 2 + half)
        lines.append(b"\0" * left + b"\xff" * (right - left) + b"\0" * (columns - right))
    return b"".join(lines)


def specks(columns, rows):
    """Lone pixels, holes of one pixel, and a graded edge: what a coarse look would overlook."""
    chance = random.Random(5)
    alpha = bytearray(disc(columns, rows, rows // 3))
    for _ in range(60):
        at = chance.randrange(len(alpha))
        alpha[at] = 255 - alpha[at]
    for y in range(rows):
        alpha[y * columns + columns - 40 : y * columns + columns - 8] = bytes(range(0, 256, 8))
    return bytes(alpha)


def transforms():
    for scale, angle, mirrored in itertools.product((0.6, 3.0), (0, 30), (1, -1)):
        transform = QtGui.QTransform()
        transform.translate(330, 240)
        transform.rotate(angle)
        transform.scale(scale * mirrored, scale)
        transform.translate(-150, -100)
        yield transform


def blank(ratio=1.0, size=WIDGET):
    image = QtGui.QImage(round(size[0] * ratio), round(size[1] * ratio), FORMAT)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    return image


def painted(mask, mapping, ratio, cell, budget=1e9):
    """(the bytes of a widget on which the mask was painted, how many paints it took)"""
    mask_picture.CELL = cell
    picture, paints, whole = mask_picture.MaskPicture(mask_picture.CHOSEN), 0, False
    while not whole:
        image, paints = blank(ratio), paints + 1
        painter = QtGui.QPainter(image)
        whole = picture.paint(painter, mask, mapping, ratio, budget)
        painter.end()
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    return bytes(bits), paints


def differing(one, other):
    """What part of the pixels differs by more than a rounding."""
    xor = (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
    places = [found.start() for found in re.finditer(rb"[^\0]", xor)]
    return len({at // 4 for at in places if abs(one[at] - other[at]) > 8}) / (len(one) // 4)


def same():
    """What part of the picture differs when it is made in cells from when it is made in one piece, at the worst."""
    found = {"straight": 0.0, "rotated": 0.0, "drawn": 0.0}
    masks = [preview(300, 200, specks(300, 200)), preview(300, 200, b"\xff" * 2000, Bounds(100, 60, 50, 40))]
    looks = [(1.0, False), (1.0, True), (1.25, False), (2.0, False)]
    for mask, transform, (ratio, wraps) in itertools.product(masks, transforms(), looks):
        mapping = Mapping(transform, WIDGET, (300, 200), (wraps, wraps))
        whole, _ = painted(mask, mapping, ratio, 2 * max(WIDGET) + 50)
        cells, _ = painted(mask, mapping, ratio, 128)
        kind = "rotated" if transform.m12() else "straight"
        found[kind] = max(found[kind], differing(whole, cells))
        found["drawn"] = max(found["drawn"], 1 - whole[3::4].count(0) / len(whole[3::4]))
    return found


def steps():
    """The same picture in one paint, and in paints without any time to spare."""
    mapping = Mapping(next(transforms()), WIDGET, (300, 200), (False, False))
    mask = preview(300, 200, specks(300, 200))
    at_once, one = painted(mask, mapping, 1.0, 32)
    bit_by_bit, many = painted(mask, mapping, 1.0, 32, budget=0.0)
    return {"same": at_once == bit_by_bit, "paints": [one, many]}


def took(do):
    """Processor time: what others on the machine take is left out."""
    begun = time.thread_time()
    do()
    return time.thread_time() - begun


def speed():
    """A whole new mask on a 4K canvas, in copies of that canvas: an object of half its height, and one of specks."""
    size, image, other = (3840, 2160), blank(size=(3840, 2160)), blank(size=(3840, 2160))
    mapping = Mapping(QtGui.QTransform(), size, size, (False, False))
    ratios = {}
    for name, alpha in (("object", disc(2048, 1152, 280)), ("specks", specks(2048, 1152))):
        mask = preview(2048, 1152, alpha)._replace(view=View(0, 0, *size, 2048, 1152))
        copies, masks = [], []
        for _ in range(7):
            painter = QtGui.QPainter(image)
            copies.append(took(lambda painter=painter: painter.drawImage(0, 0, other)))
            picture = mask_picture.MaskPicture(mask_picture.CHOSEN)
            masks.append(took(lambda: picture.paint(painter, mask, mapping, 1.0, 1e9)))  # noqa: B023
            painter.end()
        ratios[name] = sorted(masks)[1] / sorted(copies)[1]
    return ratios


json.dump({"same": same, "steps": steps, "time": speed}[sys.argv[2]](), sys.stdout)
