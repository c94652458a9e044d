# SPDX-License-Identifier: GPL-3.0-or-later
"""The host contract inside Krita: its harness over real documents. Runs inside Krita."""

import basics
import host_contract
from maskwright.krita_host.host import KritaHost
from maskwright.krita_host.nodes import children
from PyQt5.QtCore import QTimer

from krita import Krita
from maskwright_shared.geometry import Bounds

app = Krita.instance()
QUIET_TURNS = 3


class KritaEditor:
    """The contract's harness: a document in a window, as its user has it."""

    def __init__(self):
        self.document = None
        self._quiet = self._selecting = 0
        self._refused = None

    def open(self, width, height, rgba, bounds=None):
        basics.close_all()
        x, y, w, h = bounds or (0, 0, width, height)
        data = bytearray(rgba)
        data[0::4], data[2::4] = rgba[2::4], rgba[0::4]
        self.document = app.createDocument(width, height, "contract", "RGBA", "U8", basics.SRGB, 72.0)
        layer = self.document.createNode("layer", "paintlayer")  # the one that is there fills all with white
        layer.setPixelData(bytes(data), x, y, w, h)
        self.document.rootNode().setChildNodes([layer])  # no undo step
        self.document.refreshProjection()
        app.activeWindow().addView(self.document)
        app.setActiveDocument(self.document)
        self.document.waitForDone()
        self.document.setModified(False)
        return KritaHost(self.document)

    def settled(self):
        """Whether all is done: what was selected, Krita's strokes, and some turns in which nothing came up."""
        assert self._refused is None, self._refused
        self.document.waitForDone()
        quiet = app.activeDocument() == self.document and self.document.activeNode() is not None
        self._quiet = self._quiet + 1 if quiet and not self._selecting else 0
        done = self._quiet > QUIET_TURNS
        if done:
            self._quiet = 0
        return done

    def select(self, mask):
        self._selecting += 1
        KritaHost(self.document).write_mask(
            mask, host_contract.Target.SELECTION, host_contract.Operation.REPLACE, self._selected
        )

    def _selected(self, error):
        self._selecting -= 1
        self._refused = error

    def undo(self):
        self._press("edit_undo")

    def redo(self):
        self._press("edit_redo")

    def _press(self, name, tries=100):
        """Press, and again where Krita ignores it because the image is busy, as a user does."""
        if not basics.press(name) and tries:
            QTimer.singleShot(50, lambda: self._press(name, tries - 1))

    def modified(self):
        return self.document.modified()

    def _whole(self, node):
        return bytes(node.pixelData(0, 0, self.document.width(), self.document.height()))

    def _masks(self, kind):
        layers = children(self.document.rootNode())
        return [self._whole(node) for layer in layers for node in children(layer) if node.type() == kind]

    def layer_mask(self):
        masks = self._masks("transparencymask")
        return masks[0] if masks else None

    def saved_selections(self):
        return self._masks("selectionmask")

    def layers(self):
        found = []
        for node in children(self.document.rootNode()):
            if node.type() != "paintlayer":
                continue
            r = node.bounds()
            data = bytes(node.pixelData(r.x(), r.y(), r.width(), r.height()))
            rgba = bytearray(data)
            rgba[0::4], rgba[2::4] = data[2::4], data[0::4]
            found.append((Bounds(r.x(), r.y(), r.width(), r.height()), bytes(rgba)))
        return found

    def active_layer(self):
        return self.document.activeNode().uniqueId().toString()


def check(rule):
    yield from getattr(host_contract, rule)(KritaEditor())
    basics.close_all()
