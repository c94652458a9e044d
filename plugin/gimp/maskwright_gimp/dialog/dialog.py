# SPDX-License-Identifier: GPL-3.0-or-later
"""Select > Object...: the dialog with the live preview. It drives an object session, and never waits for it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import HostError, Mask, Source
from maskwright_plugin.model_offers import Offer
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import State
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.geometry import Box, View

from .. import procedure
from ..arguments import SOURCES, Job, box_text, clicks_text, job_of
from ..gimp_host import attach_window, begin_windows
from ..texts import _
from .candidates import Candidates
from .canvas import KEY_STEP, ZOOM_STEP, Canvas
from .models import Models
from .painter import Scene, pixbuf_of
from .panel import Panel
from .prefill import Start, starts
from .remembered import Remembered
from .situation import Situation

THUMBNAIL_SIDE = 1024
WATCH_MILLISECONDS = 500
_ARROWS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}


def run_dialog(host: Any, config: Any) -> bool:
    """Show the dialog until it is closed; return whether a mask was applied. `config` then holds what was done."""
    dialog = ObjectDialog(host, config)
    dialog.show()
    Gtk.main()
    return dialog.applied


class ObjectDialog:
    """One window for one image."""

    def __init__(self, host: Any, config: Any) -> None:
        self._host = host
        self._config = config
        self._folder = begin_windows()
        self._kept = Remembered.read(self._folder)
        self._backend = Backend(_post, installation=procedure.installation(), name=procedure.NAME)
        self._session = ObjectSession(self._backend, self._on_state, model=self._kept.model)
        self._job: Optional[Job] = None
        self._models = Models(self._backend, self._on_models)
        self._watch = 0
        self._starts: Dict[str, Start] = {}
        self._pointer: Optional[Tuple[float, float]] = None
        self._geometry: Any = None
        self.applied = False
        self.canvas = Canvas(self)
        self._candidates = Candidates(self.canvas.small, self._session.choose_candidate)
        self.panel = Panel(self._kept, self._candidates, self._on_choice)
        self._situation = Situation(_post, self._retry, lambda: self._on_state(self._session.state))
        self.window = self._make_window()

    # The window.

    def _make_window(self) -> Any:
        window = Gtk.Window(title=_("Select Object"), role="maskwright-select-object")
        window.set_default_size(self._kept.width, self._kept.height)
        window.set_type_hint(Gdk.WindowTypeHint.DIALOG)
        window.connect("delete-event", self._on_delete)
        window.connect("key-press-event", self._on_key)
        columns = Gtk.Box(spacing=8)
        columns.pack_start(self._make_left(), True, True, 0)
        columns.pack_start(self.panel.widget, False, False, 0)
        outer = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=8)
        outer.pack_start(columns, True, True, 0)
        outer.pack_start(self._make_bottom(), False, False, 0)
        window.add(outer)
        return window

    def _make_left(self) -> Any:
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(self.canvas.widget)
        bar = Gtk.Box(spacing=4)
        for label, tip, pressed in (
            ("\N{MINUS SIGN}", _("Zoom out (-)"), lambda: self.canvas.zoom_by(1 / ZOOM_STEP)),
            ("+", _("Zoom in (+)"), lambda: self.canvas.zoom_by(ZOOM_STEP)),
            (_("Fit"), _("Show all of it (0)"), self.canvas.fit),
            ("1:1", _("One image pixel is one screen pixel (1)"), lambda: self.canvas.zoom_to(1.0)),
        ):
            bar.pack_start(_button(label, tip, pressed), False, False, 0)
        self._clear = _button(_("Clea_r"), _("Take all prompts away (Delete)"), self._session.clear)
        self._undo = _button(_("Take _back"), _("Take the last prompt back (Backspace)"), self._session.undo)
        for button in (self._clear, self._undo):
            bar.pack_end(button, False, False, 0)
        left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        left.pack_start(frame, True, True, 0)
        left.pack_start(bar, False, False, 0)
        return left

    def _make_bottom(self) -> Any:
        row = Gtk.Box(spacing=8)
        row.pack_start(self._situation.line.widget, True, True, 0)
        self._apply = _button(_("_Apply"), _("Make the mask (Enter)"), self.apply)
        self._apply.get_style_context().add_class("suggested-action")
        cancel = _button(_("_Cancel"), _("Leave everything as it is (Esc)"), self.close)
        row.pack_end(self._apply, False, False, 0)
        row.pack_end(cancel, False, False, 0)
        return row

    def show(self) -> None:
        """Open the window at once with a small copy of the picture, then read the pixels."""
        self._choose_source()
        self._show_thumbnail()
        self._offer_starts()
        self._geometry = self._host.geometry(self._source)
        attach_window(self.window)
        self.window.show_all()
        self.canvas.widget.grab_focus()
        self._on_state(self._session.state)
        self._watch = GLib.timeout_add(WATCH_MILLISECONDS, self._on_watch)
        self.canvas.when_seen(lambda: GLib.idle_add(self._read))

    def close(self) -> None:
        """Leave; nothing that comes later finds anybody."""
        if self._watch:
            GLib.source_remove(self._watch)
            self._watch = 0
        width, height = self.window.get_size()
        self._kept._replace(**self.panel.values, width=width, height=height).write(self._folder)
        self._situation.close()
        self._session.close()
        self._backend.close()
        self.canvas.close()
        self.window.destroy()
        Gtk.main_quit()

    def _on_delete(self, _window: Any, _event: Any) -> bool:
        self.close()
        return True

    # The picture.

    def _choose_source(self) -> None:
        """Take what is visible where no single layer can be read."""
        if self.panel.get("source") == "layer" and not self._host.has_one_layer():
            self.panel.set("source", "visible")

    @property
    def _source(self) -> Source:
        return SOURCES[self.panel.get("source")]

    def _show_thumbnail(self) -> None:
        try:
            small = self._host.thumbnail(self._source, THUMBNAIL_SIDE)
        except HostError:
            return  # reading the pixels tells why
        self.canvas.set_picture(pixbuf_of(*small[:4]), small.bounds)

    def _read(self) -> bool:
        if not self._watch:
            return False  # closed meanwhile
        try:
            picture = self._host.read_picture(self._source)
        except HostError as error:
            self._show_problem(str(error))
            return False
        self._situation.problem = ""
        self._geometry = self._host.geometry(self._source)
        bounds = picture.bounds
        self.canvas.set_picture(
            pixbuf_of(bounds.width, bounds.height, picture.channels, picture.data), bounds
        )
        self._session.set_options(self.panel.options)
        self._session.start(picture)
        return False

    def _offer_starts(self) -> None:
        try:
            found = starts(self._host)
        except HostError as error:
            self._show_problem(str(error))
            return
        self._starts = {start.name: start for start in found}
        self.panel.offer_starts(found)
        self._begin_with(found[0])

    def _begin_with(self, start: Start) -> None:
        if start.prompts != self._session.state.prompts:
            self._session.set_prompts(start.prompts)

    # What the preview tells.

    def on_click(self, x: float, y: float, *, foreground: bool) -> None:
        """Add a point."""
        self._session.add_point(x, y, foreground=foreground)

    def on_box(self, box: Box) -> None:
        """Set the box."""
        self._session.set_box(box)

    def on_hover(self, position: Optional[Tuple[float, float]]) -> None:
        """Ask what a click there would select."""
        self._pointer = position
        if position is not None and self.panel.get("hover"):
            self._session.hover(*position)
        else:
            self._session.hover(None)

    def on_view(self, view: View) -> None:
        """Have the mask made for what is seen."""
        self._session.set_view(view)
        self.on_hover(self._pointer)  # another view drops what was asked for the old one

    # What the panel tells.

    def _on_choice(self, name: str) -> None:
        if name == "source":
            self._geometry = None  # until it is read
            self._show_thumbnail()
            self.canvas.when_seen(lambda: GLib.idle_add(self._read))
        elif name == "start":
            self._begin_with(self._starts[self.panel.get("start")])
        elif name == "model":
            self._session.set_model(self.panel.get("model"))
        elif name == "style":
            self._on_state(self._session.state)
        elif name not in ("output", "operation", "hover"):
            self._session.set_options(self.panel.options)

    # The keyboard.

    def _on_key(self, _window: Any, event: Any) -> bool:
        name = Gdk.keyval_name(event.keyval) or ""
        if name == "Escape":
            self.close()
            return True
        focus = self.window.get_focus()
        if isinstance(focus, Gtk.Entry):
            return False
        if name in ("Return", "KP_Enter") and focus in (self.canvas.widget, None):
            self.apply()
            return True
        return self._on_preview_key(name, event.state) if focus is self.canvas.widget else False

    def _on_preview_key(self, name: str, state: Any) -> bool:
        shift = bool(state & Gdk.ModifierType.SHIFT_MASK)
        control = bool(state & Gdk.ModifierType.CONTROL_MASK)
        if name in ("Tab", "ISO_Left_Tab") and not control and self._session.state.previews:
            self._session.next_candidate(-1 if shift or name != "Tab" else 1)
            return True
        if name in _ARROWS:
            dx, dy = _ARROWS[name]
            step = 1 if shift else KEY_STEP
            self.canvas.move_cursor(dx * step, dy * step)
            return True
        if name == "space":
            self.canvas.click_cursor(foreground=not shift)
            return True
        if control and name in ("z", "Z", "y"):
            (self._session.redo if name != "z" else self._session.undo)()
            return True
        actions = {
            "BackSpace": self._session.undo,
            "Delete": self._session.clear,
            "plus": lambda: self.canvas.zoom_by(ZOOM_STEP),
            "equal": lambda: self.canvas.zoom_by(ZOOM_STEP),
            "KP_Add": lambda: self.canvas.zoom_by(ZOOM_STEP),
            "minus": lambda: self.canvas.zoom_by(1 / ZOOM_STEP),
            "KP_Subtract": lambda: self.canvas.zoom_by(1 / ZOOM_STEP),
            "0": self.canvas.fit,
            "1": lambda: self.canvas.zoom_to(1.0),
        }
        if control or name not in actions:
            return False
        actions[name]()
        return True

    # What the session tells.

    def _on_state(self, state: State) -> None:
        self.canvas.set_scene(Scene(state.preview, state.hover, self.panel.get("style"), state.prompts))
        self._candidates.show(state.previews, state.chosen)
        self._undo.set_sensitive(state.can_undo)
        self._clear.set_sensitive(not state.prompts.is_empty)
        self._apply.set_sensitive(
            state.preview is not None and self._job is None and not self._situation.problem
        )
        self._situation.show(state, applying=self._job is not None)
        self._models.follow(state)

    def _show_problem(self, sentence: str) -> None:
        self._situation.problem = sentence
        self._on_state(self._session.state)

    def _retry(self) -> None:
        self._session.retry()
        self._on_state(self._session.state)

    def _on_models(self, models: List[Offer], default: str) -> None:
        chosen = self._session.state.model
        if chosen and chosen not in [model.id for model in models]:
            chosen = ""  # it was removed since it was chosen
            self._session.set_model(chosen)
        self.panel.offer_models(models, chosen or default)

    def _on_watch(self) -> bool:
        """Notice that the user has closed the image, or changed its size or place."""
        if not self._host.is_open():
            if not self._situation.problem:
                self._show_problem("The image was closed.")
        elif self._has_moved() and self._job is None:
            self._begin_anew()
        return True

    def _has_moved(self) -> bool:
        now = self._host.geometry(self._source)
        return None not in (now, self._geometry) and now != self._geometry

    def _begin_anew(self) -> None:
        """Read the image as it is now; prompts for what it was would be in wrong places."""
        self._geometry = self._host.geometry(self._source)
        self._show_thumbnail()
        self._offer_starts()
        self.canvas.when_seen(lambda: GLib.idle_add(self._read))

    # Applying.

    def apply(self) -> None:
        """Make the mask at full size, write it, and leave; on an error stay and say why."""
        if self._session.state.preview is None or self._job is not None or self._situation.problem:
            return
        values = {**procedure.values_of(self._config), **self._described()}
        self._job = job_of(values)
        self._session.apply(lambda mask, error: self._on_applied(values, mask, error))

    def _described(self) -> Dict[str, Any]:
        """Return what the user has chosen as the procedure's arguments, for Repeat."""
        state, options, values = self._session.state, self.panel.options, self.panel.values
        return {
            "points": "",
            "background": "",
            "clicks": clicks_text(state.prompts.points),
            "box": box_text(state.prompts.box),
            "use-selection": "no" if state.prompts.mask is None else "mask",
            "source": values["source"],
            "model": state.model,
            "candidate": _number(state.preview and state.preview.candidate),
            "previous": _number(self._session.previous),
            "output": values["output"],
            "operation": values["operation"],
            "threshold": options.threshold,
            "edge": options.edge,
            "refine": values["refine"],
            "grow": options.grow,
            "feather": options.feather,
            "fill-holes": options.fill_holes,
            "drop-islands": options.drop_islands,
            "keep": options.keep,
        }

    def _on_applied(
        self, values: Dict[str, Any], mask: Optional[Mask], error: Optional[MaskwrightError]
    ) -> None:
        job, self._job = self._job, None
        sentence = "" if error is None else error.message
        if mask is not None and job is not None:
            sentence = self._written(mask, job)
        if not sentence:
            for name, value in values.items():
                self._config.set_property(name, value)
            self.applied = True
            self.close()
            return
        self._situation.notice(sentence, self._session.state)
        self._on_state(self._session.state)

    def _written(self, mask: Mask, job: Job) -> str:
        """Write the mask; return what went wrong, or nothing."""
        if self._has_moved():
            self._begin_anew()
            return "The image was changed meanwhile: click the object again."
        try:
            procedure.write(self._host, mask, job)
        except HostError as error:
            return str(error)
        return ""


def _post(call: Any) -> None:
    """Run a call on the main thread, soon."""
    GLib.idle_add(lambda: call() and False, priority=GLib.PRIORITY_DEFAULT)


def _number(candidate: Optional[int]) -> int:
    """Return a candidate as the procedure's argument."""
    return -1 if candidate is None else candidate


def _button(label: str, tip: str, pressed: Any) -> Any:
    button = Gtk.Button.new_with_mnemonic(label)
    button.set_tooltip_text(tip)
    button.connect("clicked", lambda _button: pressed())
    return button
