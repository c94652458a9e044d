# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layers are chosen after each output, after Ctrl+Z and after Ctrl+Y, in a GIMP with its docks.

The docks follow what is chosen, and take part in losing it.
"""

import subprocess
import time

import pictures
from gi.repository import Gimp
from maskwright_gimp.gimp_host import GimpHost
from outputs import H, W, mask_at

from maskwright_plugin.host import Operation, Target

PATIENCE = 20
OUTPUTS = {
    "selection": Target.SELECTION,
    "layer-mask": Target.LAYER_MASK,
    "channel": Target.SAVED_SELECTION,
    "new-layer": Target.NEW_LAYER,
    "path": None,
}


def through_undo_and_redo(output):
    """Write, undo, redo, and again; return what was chosen at first, and after each step."""
    image = pictures.new_image(W, H)
    layers = [pictures.add_layer(image, W, H, name=name) for name in ("below", "chosen", "above")]
    image.set_selected_layers(layers[1:2])
    image.undo_disable()
    image.undo_enable()  # nothing to undo
    display = Gimp.Display.new(image)
    try:
        found = [_chosen(image)]
        clean = _look(image)
        _write(GimpHost(image, layers[1:2]), output)
        done = _look(image)
        found.append(_chosen(image))
        for key, wanted in (("ctrl+z", clean), ("ctrl+y", done)) * 2:
            _press(key)
            _wait(lambda: _look(image) == wanted)  # noqa: B023
            found.append(_chosen(image))
        return found
    finally:
        display.delete()


def _write(host, output):
    ends = []
    if OUTPUTS[output] is None:
        host.write_path(mask_at(), ends.append)
    else:
        host.write_mask(mask_at(), OUTPUTS[output], Operation.REPLACE, ends.append)
    assert ends == [None], ends


def _chosen(image):
    chosen = [*image.get_selected_layers(), *image.get_selected_channels()]
    return [item.get_name() for item in chosen]


def _look(image):
    """What each output changes."""
    layers = image.get_layers()
    counts = [len(layers), len(image.get_channels()), len(image.get_paths())]
    return counts, pictures.selection(image), [layer.get_mask() is not None for layer in layers]


def _press(key):
    Gimp.displays_flush()
    find = ["xdotool", "search", "--onlyvisible", "--name", f"{W}x{H}.*GIMP$", "windowactivate", "--sync"]
    _wait(lambda: subprocess.run(find, check=False, capture_output=True).returncode == 0)
    subprocess.run(["xdotool", "key", key], check=True)


def _wait(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
