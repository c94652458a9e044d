# SPDX-License-Identifier: GPL-3.0-or-later
"""An editor in memory: one image, one selection, an undo history."""

import copy

from maskwright_plugin.host import HostError, Mask, Operation, Picture, Source, Target
from maskwright_shared.geometry import Bounds


class FakeLayer:
    """Pixels (RGBA) at bounds, and perhaps a layer mask of the image's size."""

    def __init__(self, bounds, rgba):
        self.bounds, self.rgba, self.mask = bounds, bytes(rgba), None


class FakeImage:
    """What an undo brings back: layers, selection, saved selections."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.layers, self.selection, self.saved = [], None, []


class FakeHost:
    """Host over a FakeImage; `FakeEditor` holds the history."""

    def __init__(self, editor):
        self._editor = editor
        self._source = Source.LAYER

    def image_bounds(self):
        image = self._editor.image
        return Bounds(0, 0, image.width, image.height)

    def read_picture(self, source):
        image = self.image_bounds()
        layer = self._editor.image.layers[0]
        bounds = layer.bounds.intersection(image) if source is Source.LAYER else image
        if bounds.is_empty:
            raise HostError("This layer is empty: choose another one.")
        self._source = source
        return Picture(bounds, "RGBA", self._pixels(layer, bounds))

    @staticmethod
    def _pixels(layer, bounds):
        out = bytearray(bounds.area * 4)
        common = bounds.intersection(layer.bounds)
        for y in range(common.y, common.bottom):
            at = ((y - layer.bounds.y) * layer.bounds.width + common.x - layer.bounds.x) * 4
            to = ((y - bounds.y) * bounds.width + common.x - bounds.x) * 4
            out[to : to + common.width * 4] = layer.rgba[at : at + common.width * 4]
        return bytes(out)

    def read_selection(self):
        data = self._editor.image.selection
        return None if data is None else Mask(self.image_bounds(), data)

    def write_mask(self, mask, target, operation, finished):
        full = self._spread(mask)
        if target is not Target.SELECTION and not any(full):
            finished(HostError("The mask is empty: click inside the object."))
            return
        image = self._editor.step()
        if target is Target.SELECTION:
            image.selection = self._joined(image.selection, full, operation)
        elif target is Target.LAYER_MASK:
            image.layers[0].mask = full
        elif target is Target.SAVED_SELECTION:
            image.saved.append(full)
        else:
            image.layers.append(self._cut(image.layers[0], mask))
        finished(None)

    def _cut(self, layer, mask):
        rgba = bytearray(self._pixels(layer, mask.bounds))
        rgba[3::4] = bytes((a * m + 127) // 255 for a, m in zip(rgba[3::4], mask.alpha, strict=True))
        return FakeLayer(mask.bounds, rgba)

    @staticmethod
    def _joined(old, new, operation):
        if old is None:
            old = bytes(len(new))
        rule = {
            Operation.REPLACE: lambda _, b: b,
            Operation.ADD: lambda a, b: min(255, a + b),
            Operation.SUBTRACT: lambda a, b: max(0, a - b),
            Operation.INTERSECT: min,
        }[operation]
        out = bytes(rule(a, b) for a, b in zip(old, new, strict=True))
        return out if any(out) else None

    def _spread(self, mask):
        image = self.image_bounds()
        out = bytearray(image.area)
        inside = mask.bounds.intersection(image)
        for y in range(inside.y, inside.bottom):
            at = (y - mask.bounds.y) * mask.bounds.width + inside.x - mask.bounds.x
            to = y * image.width + inside.x
            out[to : to + inside.width] = bytes(mask.alpha)[at : at + inside.width]
        return bytes(out)


class FakeEditor:
    """The contract's harness over the fake: an editor as its user has it."""

    def open(self, width, height, rgba, bounds=None):
        self.image = FakeImage(width, height)
        self.image.layers.append(FakeLayer(bounds or Bounds(0, 0, width, height), rgba))
        self._past, self._future = [], []
        return FakeHost(self)

    def step(self):
        """Remember the image as it is, and return it for a change."""
        self._past.append(copy.deepcopy(self.image))
        self._future.clear()
        return self.image

    def select(self, mask):
        FakeHost(self).write_mask(mask, Target.SELECTION, Operation.REPLACE, lambda _: None)

    def undo(self):
        self._future.append(self.image)
        self.image = self._past.pop()

    def redo(self):
        self._past.append(self.image)
        self.image = self._future.pop()

    def settled(self):
        return True

    def modified(self):
        return bool(self._past)

    def layer_mask(self):
        return self.image.layers[0].mask

    def saved_selections(self):
        return list(self.image.saved)

    def layers(self):
        return [(layer.bounds, layer.rgba) for layer in self.image.layers]

    def active_layer(self):
        return 0
