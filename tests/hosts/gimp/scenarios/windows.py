# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP with windows: images shown, the dialog called as the menu calls it."""

import hashlib

import pictures
from gi.repository import Gimp
from scripts import PROCEDURE, load

images = {}


def show(path=None, size=None, fill=None):
    """Open a file, or make an image of that size, in a window; return its number."""
    if path:
        image = load(path)
    else:
        image = pictures.new_image(*size)
        layer = Gimp.Layer.new(image, "layer", *size, Gimp.ImageType.RGB_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
        image.insert_layer(layer, None, 0)
        layer.fill(Gimp.FillType.WHITE)
    image.clean_all()
    display = Gimp.Display.new(image)
    images[image.get_id()] = (image, display)
    return image.get_id()


def close(number):
    _, display = images.pop(number)
    if display.is_valid():
        display.delete()


def select(number, x, y, width, height):
    images[number][0].select_rectangle(Gimp.ChannelOps.REPLACE, x, y, width, height)
    Gimp.displays_flush()


def ellipse(number, x, y, width, height):
    images[number][0].select_ellipse(Gimp.ChannelOps.REPLACE, x, y, width, height)
    Gimp.displays_flush()


def add_layer(number, place):
    """Put a copy of that part of the first layer above it, and choose it."""
    image = images[number][0]
    layer = image.get_layers()[0].copy()
    image.insert_layer(layer, None, 0)
    x, y, width, height = place
    layer.resize(width, height, -x, -y)
    image.set_selected_layers([layer])
    image.clean_all()
    Gimp.displays_flush()


def crop(number, x, y, width, height):
    images[number][0].crop(width, height, x, y)
    Gimp.displays_flush()


def sample_point(number, x, y):
    images[number][0].add_sample_point(x, y)


def path(number, points):
    image = images[number][0]
    new = Gimp.Path.new(image, "path")
    image.insert_path(new, None, 0)
    stroke = new.bezier_stroke_new_moveto(*points[0])
    for point in points[1:]:
        new.bezier_stroke_lineto(stroke, *point)
    image.set_selected_paths([new])


def invert(number):
    """Change every colour, as a filter from the menu does."""
    layer = images[number][0].get_selected_layers()[0]
    layer.invert(False)
    Gimp.displays_flush()


def remove_layer(number):
    image = images[number][0]
    image.remove_layer(image.get_selected_layers()[0])
    Gimp.displays_flush()


def lens(number):
    """Bend the chosen layer without changing its pixels: what people see is not what the buffer holds."""
    pictures.add_filter(
        images[number][0].get_selected_layers()[0], "gegl:lens-distortion", main=70.0, zoom=30.0
    )
    Gimp.displays_flush()


def channel(number):
    """Make a channel and choose it."""
    image = images[number][0]
    new = Gimp.Channel.new(
        image, "c", image.get_width(), image.get_height(), 50.0, pictures.Gegl.Color.new("red")
    )
    image.insert_channel(new, None, 0)
    image.set_selected_channels([new])


def dialog(number):
    """Call the procedure as the menu does; returns when the dialog is closed."""
    image = images[number][0]
    procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", image.get_selected_drawables())
    result = procedure.run(config)
    Gimp.displays_flush()
    return result.index(0).value_nick


def state(number):
    """What a user would see of an image."""
    image = images[number][0]
    selection = pictures.selection(image)
    return {
        "selected": sum(value > 127 for value in selection),
        "selection": hashlib.sha256(selection).hexdigest(),
        "layers": [layer.get_name() for layer in image.get_layers()],
        "chosen": [
            item.get_name() for item in (*image.get_selected_layers(), *image.get_selected_channels())
        ],
        "masks": [layer.get_mask() is not None for layer in image.get_layers()],
        "channels": [channel.get_name() for channel in image.get_channels()],
        "paths": [path.get_name() for path in image.get_paths()],
        "dirty": image.is_dirty(),
    }
