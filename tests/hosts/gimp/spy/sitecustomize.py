# SPDX-License-Identifier: GPL-3.0-or-later
"""Put on the plug-in's PYTHONPATH by the tests: writes what the dialog shows to a file, so that they need not guess.

The plug-in itself knows nothing of it.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys
import time
from pathlib import Path

NAME = "maskwright_gimp.dialog.dialog"
STARTED = time.time()
PAUSED = os.environ.get("MASKWRIGHT_TEST_REPORT", "") + ".paused"
"""While this file is there, the dialog does not look whether the image changes."""


class Finder(importlib.abc.MetaPathFinder):
    """Lets the dialog's module be found as ever, and adds the spy once it is loaded."""

    def find_spec(self, name, path, target=None):
        if name != NAME:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def loaded(module):
            load(module)
            watch(module)

        spec.loader.exec_module = loaded
        return spec


def watch(module):
    from gi.repository import Gdk, GLib  # noqa: PLC0415 - not every Python that sees this file has it

    show = module.ObjectDialog.show

    def spied(dialog):
        show(dialog)
        clock = dialog.canvas.widget.get_frame_clock()
        clock.connect("after-paint", lambda _: painted(dialog, Gdk.Display.get_default()))
        GLib.timeout_add(30, lambda: report(dialog))
        look = dialog.reading._check
        dialog.reading._check = lambda: look() if not Path(PAUSED).exists() else None

    close = module.ObjectDialog.close

    def closed(dialog):
        close(dialog)
        write({"closed": True})

    module.ObjectDialog.show, module.ObjectDialog.close = spied, closed


seen = {"drawn": None, "beats": 0, "paints": 0, "places": {}}


def painted(dialog, display):
    """Note where everything is now: after a change of its contents a window is laid out anew at its next painting."""
    if dialog.reading.is_on:
        seen["paints"] += 1
        display.sync()  # or somebody who looks at the screen now would see less than is reported
        if seen["drawn"] is None:
            seen["drawn"] = time.time() - STARTED
        seen["places"] = places(dialog)
        report(dialog)


def places(dialog):
    button = dialog._situation.line._button
    return {
        "button": button.get_visible() and place(button),
        "controls": {name: place(control) for name, control in dialog.panel._controls.items()},
        "apply": place(dialog.buttons.apply),
        "more": place(dialog.panel.more),
        "next": place(dialog.buttons.next),
        "fit": place(by_label(dialog.window, "Fit")),
        "spinners": {
            name: spinner(control)
            for name, control in dialog.panel._controls.items()
            if hasattr(control, "get_text_area")
        },
        "small": [place(button) for button in dialog._candidates._buttons],
    }


def words(widget):
    """Everything that can be read in a widget: labels, hints, the items of lists."""
    if not widget.get_visible():
        return
    for read in ("get_text", "get_tooltip_text"):
        text = getattr(widget, read, lambda: "")()
        if text:
            yield text
    if hasattr(widget, "get_active_text"):
        yield from (row[0] for row in widget.get_model())
    for child in widget.get_children() if hasattr(widget, "get_children") else ():
        yield from words(child)


def by_label(widget, label):
    """The first button below a widget that says this."""
    if hasattr(widget, "get_label") and widget.get_label() == label:
        return widget
    below = widget.get_children() if hasattr(widget, "get_children") else ()
    return next((found for child in below if (found := by_label(child, label))), None)


def spinner(spin):
    """The places of a number's text, and of its plus."""
    x, y = place(spin)
    width = spin.get_allocation().width
    return [[x - width // 4, y], [x + width // 2 - 12, y]]


def report(dialog):
    if not dialog.reading.is_on:
        return False
    seen["beats"] += 1
    state = dialog._session.state
    window = dialog.canvas.widget.get_window()
    origin = window.get_origin() if window else (0, 0, 0)
    viewport = dialog.canvas.viewport
    preview = state.preview
    write(
        {
            "origin": [dialog.canvas.widget.get_scale_factor() * value for value in list(origin)[-2:]],
            "viewport": None if viewport is None else viewport._asdict(),
            "phase": state.phase.value,
            "busy": state.busy,
            "stalled": state.stalled,
            "points": [list(point) for point in state.prompts.points],
            "box": state.prompts.box and list(state.prompts.box),
            "mask": state.prompts.mask and list(state.prompts.mask.bounds),
            "candidates": len(state.previews),
            "chosen": state.chosen,
            "area": preview and preview.area,
            "view": preview and list(preview.view),
            "hover": state.hover and state.hover.area,
            "pointing": dialog._pointer is not None,
            "status": dialog._situation.line.text,
            "cut": dialog._situation.line._label.get_layout().is_ellipsized(),
            "offered": offered(dialog._situation.line._button),
            "values": {name: dialog.panel.get(name) for name in dialog.panel._controls},
            "can_apply": dialog.buttons.apply.get_sensitive(),
            "default": (dialog.window.get_default_widget().get_label() or "").replace("_", ""),
            "read": hash(dialog.reading._picture and dialog.reading._picture.data),
            "source": dialog.panel._controls["source"].get_active_text(),
            "words": sorted(set(words(dialog.window)) | {dialog.window.get_title()}),
            "popup": popup(dialog),
            "models": [row[0] for row in dialog.panel._controls["model"].get_model()],
            "model_hint": dialog.panel._controls["model"].get_tooltip_text(),
            "model": dialog._session.state.model,
            "coming": dialog.panel._coming.get_text() if dialog.panel._coming.get_visible() else "",
            "manager": manager(dialog),
            "hint": hint(dialog._room.hint_bar),
            "in_preview": dialog.window.get_focus() is dialog.canvas.widget,
            "focused": dialog.window.is_active(),
            "size": list(dialog.window.get_size()),
            "drawn": seen["drawn"],
            "beats": seen["beats"],
            "paints": seen["paints"],
            **seen["places"],
        }
    )
    return True


def offered(button):
    """What the status line's button says; nothing where there is none."""
    return button.get_label() if button.get_visible() else ""


def manager(dialog):
    """What the window of the models and the small windows over it show; None while it is closed."""
    from gi.repository import Gtk  # noqa: PLC0415 - see above

    shown = dialog._room.window
    if shown is None or not shown.is_open:
        return None
    tops = [top for top in Gtk.Window.list_toplevels() if top.get_visible() and top is not dialog.window]
    inside = [widget for top in tops for widget in widgets(top, Gtk)]
    buttons = [widget for widget in inside if isinstance(widget, Gtk.Button) and widget.get_label()]
    return {
        "rows": {row[4]: list(row)[:4] for row in shown.store},
        "chosen": shown._chosen,
        "texts": [widget.get_text() for widget in inside if isinstance(widget, Gtk.Label)],
        "buttons": {button.get_label(): place(button) for button in buttons if button.get_sensitive()},
        "windows": [top.get_title() for top in tops],
        "active": any(top.is_active() for top in tops),
        "size": list(shown.window.get_size()),
    }


def widgets(parent, gtk):
    """All visible widgets inside one."""
    for child in parent.get_children() if isinstance(parent, gtk.Container) else ():
        if child.get_mapped():
            yield child
            yield from widgets(child, gtk)


def hint(bar):
    """Where the hint's buttons are; None while it is hidden."""
    return {name: place(button) for name, button in bar.buttons.items()} if bar.widget.get_visible() else None


def popup(dialog):
    """The item that is marked in the list that is open, -1 where none is; None where no list is open."""
    from gi.repository import Gtk  # noqa: PLC0415 - see above

    for control in dialog.panel._controls.values():
        for menu in Gtk.Menu.get_for_attach_widget(control) if isinstance(control, Gtk.ComboBox) else ():
            if menu.get_mapped():
                marked = menu.get_selected_item()
                return -1 if marked is None else menu.get_children().index(marked)
    return None


def place(widget):
    """The middle of a widget on the screen; None where there is none."""
    if widget is None:
        return None
    window, allocation = widget.get_window(), widget.get_allocation()
    if window is None:
        return None
    x, y = list(window.get_origin())[-2:]
    if not widget.get_has_window():
        x, y = x + allocation.x, y + allocation.y
    scale = widget.get_scale_factor()
    return [scale * (x + allocation.width // 2), scale * (y + allocation.height // 2)]


def write(values):
    path = os.environ["MASKWRIGHT_TEST_REPORT"]
    values["pid"] = os.getpid()
    new = Path(path + ".new")
    new.write_text(json.dumps(values))
    new.replace(path)


if os.environ.get("MASKWRIGHT_TEST_REPORT"):
    sys.modules["cairo"] = sys.modules["gi._gi_cairo"] = None  # many users have no cairo binding
    sys.meta_path.insert(0, Finder())
