# SPDX-License-Identifier: GPL-3.0-or-later
"""Select > Object...: the dialog with the live preview. It drives an object session, and never waits for it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import HostError, Picture
from maskwright_plugin.model_offers import Offer
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import State
from maskwright_shared.geometry import Box, View

from .. import procedure
from ..gimp_host import attach_window, begin_windows
from ..manager.room import ModelRoom
from ..texts import _
from .candidates import Candidates
from .gestures.cross import Cross
from .gestures.keys import Keys
from .gestures.mouse import Mouse
from .models import Models
from .panel import MORE, Panel
from .prefill import Start, starts
from .preview.canvas import Canvas
from .preview.painter import Scene
from .reading import MOVED, Reading
from .remembered import Remembered, selection_mark
from .situation import Situation
from .window import Window
from .writing import Writing

NEXT = _("Done. Click the next object.")
NEXT_ADDED = _("Done. Click the next object: it is added to the selection.")


def run_dialog(host: Any, config: Any) -> bool:
    """Show the dialog until it is closed; return whether a mask was applied. `config` then holds what was done."""
    dialog = ObjectDialog(host, config)
    dialog.show()
    Gtk.main()
    return dialog.applied


class ObjectDialog:
    """One window for one image: what its parts tell goes to the session, what the session tells is shown.

    `gestures/` and `window` say what the user does, `reading` what there is to look at; `preview/` draws it, and
    `writing` makes the mask the output.
    """

    def __init__(self, host: Any, config: Any) -> None:
        self._host = host
        self._folder = begin_windows()
        self._kept = Remembered.read(self._folder)
        self._backend = Backend(_post, installation=procedure.installation(), name=procedure.NAME)
        self._session = ObjectSession(self._backend, self._on_state, model=self._kept.model)
        self._models = Models(self._backend, self._on_models)
        self._starts: Dict[str, Start] = {}
        self._pointer: Optional[Tuple[float, float]] = None
        self._operation = ""
        self.applied = False
        self.canvas = Canvas(self.on_view)
        self._cross = Cross(self.canvas, self)
        self._mouse = Mouse(self.canvas, self._cross, self)
        self._candidates = Candidates(self.canvas.small, self._session.choose_candidate)
        home = procedure.installation().places.home
        self._room = ModelRoom(self._backend, home, self._use_model, self._on_news, self._model_in_use)
        more = self._room.words("More Models…")
        done = self.canvas.widget.grab_focus
        self.panel = Panel(self._kept, self._candidates, self._on_choice, done, more)
        self._situation = Situation(
            _post, self._backend, self._retry, lambda: self._on_state(self._session.state)
        )
        self.reading = Reading(host, self.canvas, self.panel, self)
        self.writing = Writing(host, config, self._session, self.panel, self.reading)
        line, hint = self._situation.line.widget, self._room.hint_bar.widget
        self.buttons = Window(self.canvas, self.panel.widget, line, hint, self)
        self.window = self.buttons.widget
        self._keys = Keys(self.window, self.buttons.cancel, self.canvas, self._cross, self)
        self.window.set_default_size(self._kept.width, self._kept.height)
        self.window.connect("delete-event", self._on_delete)

    def show(self) -> None:
        """Open the window at once with a small copy of the picture, then read the pixels."""
        self.reading.choose_source()
        self.reading.show_thumbnail()
        self._offer_starts()
        attach_window(self.window)
        self.window.show_all()
        self.canvas.widget.grab_focus()
        self._on_state(self._session.state)
        self.reading.start()

    def close(self) -> None:
        """Leave; nothing that comes later finds anybody."""
        self.reading.close()
        width, height = self.window.get_size()
        values = self.panel.values
        values["operation"] = self._operation or values["operation"]
        self._kept._replace(**values, width=width, height=height).write(self._folder)
        self._situation.close()
        self._room.close()
        self._session.close()
        self._backend.close()
        self.canvas.close()
        self.window.destroy()
        Gtk.main_quit()

    def _on_delete(self, _window: Any, _event: Any) -> bool:
        self.close()
        return True

    # What is looked at.

    def on_picture(self, picture: Picture, word: str) -> None:
        """Have the session look at these pixels; its prompts stay."""
        self._situation.problem = ""
        self._session.set_options(self.panel.options)
        self._session.start(picture)
        self._say(word)

    def on_moved(self) -> None:
        """Begin anew, as what was pointed at lies elsewhere now."""
        self._offer_starts()
        self._say(MOVED)

    def on_unreadable(self, sentence: str) -> None:
        """Say why the image cannot be used."""
        if self._situation.problem != sentence:
            self._situation.problem = sentence
            self._on_state(self._session.state)

    def _offer_starts(self) -> None:
        try:
            found = starts(self._host, self._kept.made)
        except HostError as error:
            self.on_unreadable(str(error))
            return
        self._starts = {start.name: start for start in found}
        self.panel.offer_starts(found)
        self._begin_with(found[0])

    def _begin_with(self, start: Start) -> None:
        if start.prompts != self._session.state.prompts:
            self._session.set_prompts(start.prompts)

    # What the user does.

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

    def take_back(self) -> None:
        """Take the last prompt back."""
        self._session.undo()

    def make_again(self) -> None:
        """Make the prompt again that was taken back last."""
        self._session.redo()

    def clear(self) -> None:
        """Take all prompts away."""
        self._session.clear()

    def next_candidate(self, step: int) -> bool:
        """Show the next candidate; return False where there is none."""
        self._session.next_candidate(step)
        return bool(self._session.state.previews)

    def apply(self) -> None:
        """Make the mask, write it, and leave; on an error stay and say why."""
        if self._can_apply:
            self.writing.begin(self._on_applied)

    def apply_and_next(self) -> None:
        """Make the mask, write it, and go on with the next object."""
        if self._can_apply:
            self.writing.begin(self._on_applied_before_next)

    @property
    def _can_apply(self) -> bool:
        there = self._session.state.preview is not None
        return there and not self.writing.is_on and not self._situation.problem

    def _on_choice(self, name: str) -> None:
        if name == "source":
            self.reading.again()
        elif name == "start":
            self._begin_with(self._starts[self.panel.get("start")])
        elif name == "model":
            self._session.set_model(self.panel.get("model"))
        elif name == MORE:
            self._room.open()
        elif name == "style":
            self._on_state(self._session.state)
        elif name == "operation":
            self._operation = ""  # it is the user's own now
        elif name not in ("output", "hover"):
            self._session.set_options(self.panel.options)

    # What the session tells.

    def _on_state(self, state: State) -> None:
        self.canvas.set_scene(Scene(state.preview, state.hover, self.panel.get("style"), state.prompts))
        self._candidates.show(state.previews, state.chosen)
        self.buttons.allow(undo=state.can_undo, clear=not state.prompts.is_empty, apply=self._can_apply)
        self._situation.show(state, applying=self.writing.is_on)
        self._models.follow(state)
        self._room.follow(state)

    def _say(self, word: str) -> None:
        if word:
            self._situation.notice(word, self._session.state)
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

    # The models.

    def _model_in_use(self) -> str:
        return self._session.state.model

    def _use_model(self, model: str) -> None:
        """Pick with a model from now on, with the prompts that there are."""
        self._session.set_model(model)
        self._models.ask()

    def _on_news(self) -> None:
        self.panel.show_coming(self._room.coming_line)

    # What became of the mask.

    def _on_applied(self, sentence: str) -> None:
        if sentence:
            self._say(sentence)
            return
        self._was_applied()
        self.close()

    def _on_applied_before_next(self, sentence: str) -> None:
        if sentence:
            self._say(sentence)
            return
        self._was_applied()
        word = NEXT
        if self.panel.get("output") == "selection" and self.panel.get("operation") != "subtract":
            word = NEXT_ADDED
            if self.panel.get("operation") == "replace":
                self._operation = "replace"  # remembered as it was
                self.panel.set("operation", "add")
        self._session.clear()
        self.reading.refresh()
        self._say(word)

    def _was_applied(self) -> None:
        self.applied = True
        if self.panel.get("output") == "selection":
            self._kept = self._kept._replace(made=selection_mark(self._host.read_selection()))


def _post(call: Any) -> None:
    """Run a call on the main thread, soon."""
    GLib.idle_add(lambda: call() and False, priority=GLib.PRIORITY_DEFAULT)
