#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers "Select > Object..." with GIMP 3 and hands each call to the dialog or to the procedure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, List, Optional, Tuple

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject

FOLDER = (
    Path(__file__).absolute().parent
)  # not resolved: in a linked install the packages lie beside the link
sys.path.insert(0, str(FOLDER))

from maskwright_gimp.arguments import ARGUMENTS
from maskwright_gimp.texts import DOMAIN, _

PROCEDURE = "maskwright-select-object"
HELP = """Makes a mask of the object that points, a box or the selection show, and turns it into a selection, \
a layer mask, a channel, a new layer or a path. The work is done by the Maskwright daemon on this machine, which \
is started when it is not running. Coordinates are pixels of the image, origin at the top left."""
LARGEST = 2_000_000_000


class MaskwrightSelect(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name: str) -> Tuple[bool, str, str]:
        """Say where the menu's translations are."""
        return True, DOMAIN, "locale"

    def do_query_procedures(self) -> List[str]:
        """Name the procedures."""
        return [PROCEDURE]

    def do_create_procedure(self, name: str) -> Any:
        """Describe the procedure and its arguments."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _run, None)
        procedure.set_image_types("*")
        mask = Gimp.ProcedureSensitivityMask
        procedure.set_sensitivity_mask(mask.DRAWABLE | mask.DRAWABLES | mask.NO_DRAWABLES)
        procedure.set_menu_label(_("Ob_ject..."))
        procedure.set_icon_name("gimp-tool-foreground-select")
        procedure.add_menu_path("<Image>/Select")
        procedure.add_menu_path("<Image>/Filters/Maskwright")
        procedure.set_documentation(_("Select an object by clicking it"), HELP, name)
        procedure.set_attribution("The Maskwright authors", "GPL-3.0-or-later", "2026")
        for argument in ARGUMENTS:
            _add_argument(procedure, argument)
        return procedure


def _add_argument(procedure: Any, argument: Any) -> None:
    described = (argument.name, argument.nick, argument.blurb)
    flags = GObject.ParamFlags.READWRITE
    if isinstance(argument.default, str):
        procedure.add_string_argument(*described, argument.default, flags)
    elif isinstance(argument.default, float):
        procedure.add_double_argument(*described, -float(LARGEST), float(LARGEST), argument.default, flags)
    else:
        procedure.add_int_argument(*described, -LARGEST, LARGEST, argument.default, flags)


def _run(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any, _data: Any) -> Any:
    from maskwright_gimp import procedure as without_dialog
    from maskwright_gimp.gimp_host import GimpHost

    from maskwright_plugin.host import HostError
    from maskwright_shared.errors import MaskwrightError

    host = GimpHost(image, drawables)
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from maskwright_gimp.dialog.dialog import run_dialog

        applied = run_dialog(host, config)
        status = Gimp.PDBStatusType.SUCCESS if applied else Gimp.PDBStatusType.CANCEL
        return procedure.new_return_values(status, None)
    Gimp.progress_init(_("Selecting the object"))
    try:
        without_dialog.run(host, config, _tell_progress)
    except (HostError, MaskwrightError) as error:
        sentence = GLib.Error(without_dialog.sentence(error), "maskwright", 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, sentence)
    if run_mode == Gimp.RunMode.WITH_LAST_VALS and config.get_property("output") == "selection":
        from maskwright_gimp.dialog.remembered import remember_made

        remember_made(Path(Gimp.directory()), host.read_selection())
    Gimp.progress_end()
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def _tell_progress(_stage: str, fraction: Optional[float]) -> None:
    if fraction is None:
        Gimp.progress_pulse()
    else:
        Gimp.progress_update(fraction)


Gimp.main(MaskwrightSelect.__gtype__, sys.argv)
