# SPDX-License-Identifier: GPL-3.0-or-later
"""The host contract inside Krita: its harness over real documents. Runs inside Krita."""

import time

import basics
import host_contract
from maskwright.krita_host.host import KritaHost

from krita import Krita
from maskwright_shared.geometry import Bounds

app = Krita.instance()


class KritaEditor:
    """The contract's harness: a document in a window, as its user has it."""

    def __init__(self):
        self.document = None
        self._since, self._undone = None, False

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
        """True after a while of event loop: Krita finishes its steps on timers of its own.

        Krita itself crashes when a document is closed right after the undo of its own "Deselect" (5.1.5, 5.2.9).
        """
        self.document.waitForDone()
        self._since = self._since or time.monotonic()
        done = time.monotonic() - self._since > (0.5 if self._undone else 0.15)
        if done:
            self._since, self._undone = None, False
        return done

    def select(self, mask):
        ends = []
        KritaHost(self.document).write_mask(
            mask, host_contract.Target.SELECTION, host_contract.Operation.REPLACE, ends.append
        )

    def undo(self):
        self._undone = True
        app.action("edit_undo").trigger()

    def redo(self):
        app.action("edit_redo").trigger()

    def modified(self):
        return self.document.modified()

    def _whole(self, node):
        return bytes(node.pixelData(0, 0, self.document.width(), self.document.height()))

    def _masks(self, kind):
        layers = self.document.rootNode().childNodes()
        return [self._whole(node) for layer in layers for node in layer.childNodes() if node.type() == kind]

    def layer_mask(self):
        masks = self._masks("transparencymask")
        return masks[0] if masks else None

    def saved_selections(self):
        return self._masks("selectionmask")

    def layers(self):
        found = []
        for node in self.document.rootNode().childNodes():
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
