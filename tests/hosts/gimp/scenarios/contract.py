# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host contract inside a real GIMP with windows; undo and redo are Ctrl+Z and Ctrl+Y on its screen."""

import subprocess
import time

import host_contract
import pictures
from gi.repository import Gimp
from maskwright_gimp.gimp_host import GimpHost

from maskwright_shared.geometry import Bounds

PATIENCE = 20


class Harness:
    """GIMP as its user has it."""

    def __init__(self):
        self._open = []

    def open(self, width, height, rgba, bounds=None):
        place = bounds or Bounds(0, 0, width, height)
        image = pictures.new_image(width, height)
        layer = pictures.add_layer(
            image, place.width, place.height, place.x, place.y, True, pixels=bytes(rgba)
        )
        image.undo_disable()
        image.undo_enable()  # nothing to undo
        image.clean_all()
        self._image, self._layer = image, layer
        self._open.append(Gimp.Display.new(image))
        self._saw = None
        return GimpHost(image, [layer])

    def select(self, mask):
        data = host_contract.spread(mask, self._image.get_width(), self._image.get_height())
        selection = self._image.get_selection()
        shadow = selection.get_shadow_buffer()
        shadow.set(pictures.rectangle(selection), "Y u8", data)
        shadow.flush()
        selection.merge_shadow(True)
        selection.update(0, 0, self._image.get_width(), self._image.get_height())

    def undo(self):
        self._press("ctrl+z")

    def redo(self):
        self._press("ctrl+y")

    def _press(self, key):
        """Press a key in GIMP's window; `settled` then waits until it has had an effect."""
        Gimp.displays_flush()
        self._saw = self._fingerprint()
        words = ["xdotool", "search", "--onlyvisible", "--name", "GIMP$", "windowactivate", "--sync"]
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(words, check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline, "GIMP's window cannot be found"
        subprocess.run(["xdotool", "key", key], check=True)

    def settled(self):
        if self._saw is not None and self._fingerprint() == self._saw:
            return False
        self._saw = None
        return True

    def _fingerprint(self):
        return (
            pictures.selection(self._image),
            self.layer_mask(),
            len(self._image.get_channels()),
            len(self._image.get_layers()),
        )

    def modified(self):
        return self._image.is_dirty()

    def layer_mask(self):
        mask = self._layer.get_mask()
        return None if mask is None else pictures.read(mask, "Y u8")

    def saved_selections(self):
        return [pictures.read(channel, "Y' u8") for channel in self._image.get_channels()]

    def layers(self):
        found = []
        for layer in reversed(self._image.get_layers()):
            x, y = tuple(layer.get_offsets())[-2:]
            place = Bounds(x, y, layer.get_width(), layer.get_height())
            found.append((place, pictures.read(layer, "R'G'B'A u8")))
        return found

    def active_layer(self):
        return [layer.get_id() for layer in self._image.get_selected_layers()]

    def close(self):
        for display in self._open:
            display.delete()


def names():
    return [function.__name__ for function in host_contract.ALL]


def run(name):
    harness = Harness()
    try:
        host_contract.drive(getattr(host_contract, name)(harness), PATIENCE)
    finally:
        harness.close()
