# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the procedure as scripts make them."""

import os
from pathlib import Path

import pictures
from gi.repository import Gimp, Gio

PROCEDURE = "maskwright-select-object"


def load(path):
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def call(image, drawables, **arguments):
    """Run the procedure; return (succeeded, GIMP's sentence)."""
    procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    succeeded = result.index(0) == Gimp.PDBStatusType.SUCCESS
    return succeeded, str(Gimp.get_pdb().get_last_error())


def select(path, arguments, prior=None, output=None):
    """Open a file, select `prior` (a list x, y, w, h) if given, call, and write the selection's bytes to `output`."""
    image = load(path)
    if prior:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *prior)
    worked, sentence = call(image, image.get_layers()[:1], **arguments)
    selection = pictures.selection(image)
    if output:
        Path(output).write_bytes(selection)
    found = {
        "worked": worked,
        "sentence": sentence,
        "selected": sum(value > 127 for value in selection),
        "layers": [layer.get_name() for layer in image.get_layers()],
        "masks": [layer.get_mask() is not None for layer in image.get_layers()],
        "channels": [channel.get_name() for channel in image.get_channels()],
        "paths": [path.get_name() for path in image.get_paths()],
    }
    image.delete()
    return found


def beside_the_layer(path, **arguments):
    """Call with the layer moved by 60 x 50 pixels in a larger image of which a part is selected."""
    image = load(path)
    layer = image.get_layers()[0]
    image.resize(layer.get_width() + 100, layer.get_height() + 100, 60, 50)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 20, 10)
    before = pictures.selection(image)
    worked, sentence = call(image, [layer], **arguments)
    kept = pictures.selection(image) == before
    image.delete()
    return worked, sentence, kept


def script_fu(path, text):
    """Run Script-Fu in which `img` is the file's image and `lay` its layer; return success, sentence, selected."""
    image = load(path)
    layer = image.get_layers()[0]
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-script-fu-eval")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("script", f"(let* ((img {image.get_id()}) (lay {layer.get_id()})) {text})")
    result = procedure.run(config)
    worked = result.index(0) == Gimp.PDBStatusType.SUCCESS
    sentence = str(Gimp.get_pdb().get_last_error())
    selected = sum(value > 127 for value in pictures.selection(image))
    image.delete()
    return {"worked": worked, "sentence": sentence, "selected": selected}


def described():
    """What the procedure browser shows."""
    procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
    return {
        "blurb": procedure.get_blurb(),
        "help": procedure.get_help(),
        "menus": list(procedure.get_menu_paths()),
        "label": procedure.get_menu_label(),
        "arguments": {spec.name: [spec.get_nick(), spec.get_blurb()] for spec in procedure.get_arguments()},
    }


def execute(folder, text):
    """Run a script's text in a folder."""
    os.chdir(folder)
    exec(compile(text, "script", "exec"), {})
