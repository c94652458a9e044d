# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices beside the preview: source, start, model, mask options, output."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, Pango

from maskwright_plugin.model_offers import Offer
from maskwright_shared.messages import MaskOptions

from ..arguments import REFINES
from ..texts import _
from .candidates import Candidates
from .prefill import Start
from .remembered import Remembered

WIDTH = 332
"""Enough for three candidates, so that nothing moves when they appear."""

MOST_PIXELS = 500
MORE = "more-models"

Items = List[Tuple[str, str]]


class Panel:
    """`widget` goes into the window; `changed(name)` is told which choice the user has changed.

    The names are those of Remembered, "start", and MORE for the button below the models, whose text is `more`.
    `done()` is called when a control needs the keyboard no more.
    """

    def __init__(
        self,
        kept: Remembered,
        candidates: Candidates,
        changed: Callable[[str], None],
        done: Callable[[], None],
        more: str,
    ) -> None:
        self._changed = changed
        self._done = done
        self._quiet = True
        self._controls: Dict[str, Any] = {}
        self._grid = Gtk.Grid(row_spacing=6, column_spacing=8, margin=2)
        self._rows = 0
        self._licences: Dict[str, str] = {}
        self._add_where(kept, more)
        self._add_wide(_heading(_("Candidates")))
        self._add_wide(candidates.widget)
        self._add_mask(kept)
        self._add_output(kept)
        self.widget = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self.widget.set_size_request(WIDTH, -1)
        self.widget.set_hexpand(False)  # or the wide controls inside would take room from the preview
        self.widget.add(self._grid)
        self._quiet = False
        self._follow_output()

    # What was chosen.

    def get(self, name: str) -> Any:
        """Return the value of a choice."""
        control = self._controls[name]
        if isinstance(control, Gtk.ComboBoxText):
            return control.get_active_id() or ""
        if isinstance(control, Gtk.SpinButton):
            return control.get_value()
        return control.get_active()

    @property
    def options(self) -> MaskOptions:
        """The mask options."""
        return MaskOptions(
            edge="hard" if self.get("hard") else "soft",
            refine=REFINES[self.get("refine")],
            grow=float(self.get("grow")),
            feather=float(self.get("feather")),
            fill_holes=-1 if self.get("fill_holes") else 0,
            drop_islands=int(self.get("drop_islands")),
            keep=self.get("keep"),
        )

    @property
    def values(self) -> Dict[str, Any]:
        """All choices that are remembered."""
        names = [name for name in self._controls if name in Remembered._fields]
        found = {name: self.get(name) for name in names}
        found["drop_islands"] = int(found["drop_islands"])
        return found

    def set(self, name: str, value: str) -> None:
        """Choose an item of a list without telling."""
        self._quiet = True
        self._controls[name].set_active_id(value)
        self._quiet = False

    def name_source(self, kind: str) -> None:
        """Call what is chosen in GIMP by its name: a layer, a group, a channel or the Quick Mask."""
        names = {"group": _("Layer group"), "channel": _("Channel"), "quick-mask": _("Quick Mask")}
        self._controls["source"].get_model()[0][0] = names.get(kind, _("Layer"))

    def offer_models(self, models: List[Offer], chosen: str) -> None:
        """Fill the list of models."""
        self._quiet = True
        combo = self._controls["model"]
        _fill(combo, [(model.id, model.label) for model in models])
        if not combo.set_active_id(chosen):
            combo.set_active(0)
        self._licences = {model.id: model.licence for model in models}
        self._tell_of_model()
        combo.set_sensitive(len(models) > 1)
        self._quiet = False

    def show_coming(self, line: str) -> None:
        """Say which models come, and how far they are."""
        self._coming.set_text(line)
        self._coming.set_visible(bool(line))

    def _tell_of_model(self) -> None:
        sentences = [
            _("In brackets: time to look at an image + time for a click, as measured on this computer")
        ]
        licence = self._licences.get(self.get("model"))
        if licence:
            sentences.append(_("Licence of this model: {licence}").format(licence=licence))
        self._controls["model"].set_tooltip_text("\n".join(sentences))

    # Making it.

    def _add_where(self, kept: Remembered, more: str) -> None:
        self._combo(
            "source",
            _("_Look at"),
            [("layer", _("Layer")), ("visible", _("All that is visible"))],
            kept.source,
        )
        self._combo("start", _("_Start with"), [("nothing", _("Nothing"))], "nothing")
        self._combo("model", _("_Model"), [("", "Maskwright built-in")], "")
        self._controls["model"].get_cells()[0].set_property("ellipsize", Pango.EllipsizeMode.END)
        self._coming = Gtk.Label(xalign=0.0, wrap=True, no_show_all=True)
        self._add_wide(self._coming)
        self.more = Gtk.Button(label=more)
        self.more.connect("clicked", lambda _button: self._changed(MORE))
        self._add_wide(self.more)
        styles = [
            ("tint", _("Tint")),
            ("outline", _("Outline")),
            ("black", _("On black")),
            ("white", _("On white")),
            ("chequers", _("On chequers")),
        ]
        self._combo("style", _("Sho_w mask"), styles, kept.style)
        self._check("hover", _("Show what a clic_k would select"), on=kept.hover)

    def _add_mask(self, kept: Remembered) -> None:
        self._add_wide(_heading(_("Mask")))
        self._check("hard", _("_Hard edge"), on=kept.hard)
        refines = [("auto", _("Automatic")), ("yes", _("Always")), ("no", _("Never"))]
        self._combo("refine", _("Ref_ine edge"), refines, kept.refine)
        self._controls["refine"].set_tooltip_text(
            _(
                "Let the edge follow fine detail, like hair and fur, when the mask is made; the preview does without"
            )
        )
        self._spin(
            "grow",
            _("_Grow"),
            -MOST_PIXELS,
            kept.grow,
            _("Move the edge outwards, inwards when negative, in pixels of the image"),
        )
        self._spin("feather", _("_Feather"), 0, kept.feather, _("Blur the edge, in pixels of the image"))
        self._check("fill_holes", _("Fill hol_es"), on=kept.fill_holes)
        self._spin(
            "drop_islands",
            _("_Drop islands"),
            0,
            kept.drop_islands,
            _("Drop separate parts up to this area, in pixels of the image"),
            10**6,
        )
        parts = [("all", _("All")), ("clicked", _("Clicked")), ("largest", _("Largest"))]
        self._combo("keep", _("_Parts"), parts, kept.keep)

    def _add_output(self, kept: Remembered) -> None:
        self._add_wide(_heading(_("Output")))
        outputs = [
            ("selection", _("Selection")),
            ("layer-mask", _("Layer mask")),
            ("channel", _("Channel")),
            ("new-layer", _("New layer with the object")),
            ("path", _("Path around the object")),
        ]
        self._combo("output", _("_To"), outputs, kept.output)
        operations = [
            ("replace", _("Replace")),
            ("add", _("Add")),
            ("subtract", _("Subtract")),
            ("intersect", _("Intersect")),
        ]
        self._combo("operation", _("Selectio_n"), operations, kept.operation)

    def offer_starts(self, starts: List[Start]) -> None:
        """Fill the list of ways to begin, and choose the first one."""
        self._quiet = True
        combo = self._controls["start"]
        combo.remove_all()
        for start in starts:
            combo.append(start.name, start.label)
        combo.set_active(0)
        combo.set_sensitive(len(starts) > 1)
        self._quiet = False

    def _add_wide(self, widget: Any) -> None:
        self._grid.attach(widget, 0, self._rows, 2, 1)
        self._rows += 1

    def _add(self, name: str, text: str, control: Any) -> None:
        label = Gtk.Label.new_with_mnemonic(text)
        label.set_xalign(0.0)
        label.set_mnemonic_widget(control)
        control.set_hexpand(True)
        control.label = label
        self._grid.attach(label, 0, self._rows, 1, 1)
        self._grid.attach(control, 1, self._rows, 1, 1)
        self._rows += 1
        self._controls[name] = control
        control.connect("scroll-event", _pass_on)

    def _combo(self, name: str, text: str, items: Items, chosen: str) -> None:
        combo = Gtk.ComboBoxText()
        for id_, label in items:
            combo.append(id_, label)
        if not combo.set_active_id(chosen):
            combo.set_active(0)
        combo.connect("changed", lambda _combo: self._tell(name))
        self._add(name, text, combo)

    def _check(self, name: str, text: str, *, on: bool) -> None:
        check = Gtk.CheckButton.new_with_mnemonic(text)
        check.set_active(on)
        check.connect("toggled", lambda _check: self._tell(name))
        self._controls[name] = check
        self._add_wide(check)

    def _spin(
        self, name: str, text: str, least: float, value: float, tip: str, most: float = MOST_PIXELS
    ) -> None:
        spin = Gtk.SpinButton.new_with_range(least, most, 1)
        spin.set_value(value)
        spin.set_tooltip_text(tip)
        spin.connect("button-release-event", self._on_spun)
        spin.connect("value-changed", lambda _spin: self._tell(name))
        self._add(name, text, spin)

    def _on_spun(self, spin: Any, event: Any) -> bool:
        """Give the keyboard back after a press on plus or minus, which edits no text."""
        if event.window.get_width() != spin.get_text_area().width:
            self._done()
        return False

    def _tell(self, name: str) -> None:
        if name == "output":
            self._follow_output()
        if name == "model":
            self._tell_of_model()
        if not self._quiet:
            self._changed(name)

    def _follow_output(self) -> None:
        if "operation" in self._controls:
            for widget in (self._controls["operation"], self._controls["operation"].label):
                widget.set_sensitive(self.get("output") == "selection")


def _fill(combo: Any, items: Items) -> None:
    """Make these the items of a list; one that has them already only gets their new labels, open or not."""
    rows = combo.get_model()
    if [row[1] for row in rows] != [id_ for id_, _label in items]:
        combo.remove_all()
        for id_, label in items:
            combo.append(id_, label)
        return
    for row, (_id, label) in zip(rows, items):
        if row[0] != label:
            row[0] = label


def _pass_on(control: Any, _event: Any) -> bool:
    """Let the wheel scroll the panel; over a closed list or a number it would change what nobody looks at."""
    control.stop_emission_by_name("scroll-event")
    return False


def _heading(text: str) -> Any:
    label = Gtk.Label(xalign=0.0, margin_top=8)
    label.set_markup(f"<b>{text}</b>")
    return label
