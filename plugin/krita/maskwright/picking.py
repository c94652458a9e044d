# SPDX-License-Identifier: GPL-3.0-or-later
"""One view in which an object is being picked: its overlay, its session with the daemon, and the end of both."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional, Protocol

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import HostError, Mask, Operation, Source, Target
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import Phase, State
from maskwright_shared.errors import MaskwrightError
from maskwright_shared.geometry import Bounds, Box

from .canvas.keys import TAB
from .canvas.mapping import Mapping
from .canvas.overlay import Overlay
from .choices import Choices
from .i18n import tr
from .krita_host import KritaCanvas, KritaHost
from .krita_host.application import actions_with
from .qt import Qt, QtCore
from .sentences import describe

PREVIEW_SIDE = 2048
FOLLOW_MILLISECONDS = 33
LOOK_SECONDS = 0.25
REST_SECONDS = 0.2
LONG_SECONDS = 0.5
"""A mask that takes longer is worth a word; nearly all come sooner, and the word would flicker."""

_Mod = Qt.KeyboardModifier


class Changed(Protocol):
    """Told after every change; `learned` when the daemon has just measured something, or shown that it lives."""

    def __call__(self, *, learned: bool) -> None:
        """Take notice."""


class Picking:
    """From `start` to `ended`; implements Intents. `changed` is called after every change of `state`."""

    def __init__(
        self,
        canvas: KritaCanvas,
        host: KritaHost,
        backend: Backend,
        choices: Choices,
        changed: Changed,
        ended: Callable[[Picking], None],
    ) -> None:
        self.canvas = canvas
        self._host = host
        self._choices = choices
        self._changed = changed
        self._ended = ended
        self._session = ObjectSession(backend, self._show, model=choices.model)
        self._lesson: Any = None
        self._trouble = ""
        self._override: Optional[Operation] = None
        self._apply_wanted = False
        self._asked = False
        self._writing = False
        self._over = False
        self._image = host.image_bounds()
        self._picture: Optional[Bounds] = None
        self._layer = ""
        self._mapping_key: Any = None
        self._moved = self._looked = 0.0
        self._waiting_since: Optional[float] = None
        self._long = False
        self._started = False
        self._overlay = Overlay(canvas.widget, self, self.mapping, actions_with(TAB))
        self._timer = QtCore.QTimer(self._overlay)
        self._timer.timeout.connect(self._follow)
        self._timer.start(FOLLOW_MILLISECONDS)
        canvas.widget.destroyed.connect(self.close)
        self._session.set_options(choices.options)
        self._show(self._session.state)

    def start(self) -> None:
        """Begin with the pixels; clicks that came before are kept."""
        self._started = True
        QtCore.QTimer.singleShot(0, self._read)  # the overlay is seen first, then the pixels are read

    # What others ask.

    @property
    def state(self) -> State:
        """The session's state."""
        return self._session.state

    @property
    def sentence(self) -> str:
        """What is going on, as a sentence in the user's language."""
        if not self._started and not self._trouble and not self.state.stalled:
            return tr("Starting Maskwright…")
        return self._trouble or describe(
            self.state, writing=self._writing or self._apply_wanted, long=self._long
        )

    @property
    def can_retry(self) -> bool:
        """Whether it failed and `retry` may help."""
        return (
            bool(self._trouble and self._picture is None)
            or self.state.phase is Phase.FAILED
            or self.state.stalled
        )

    @property
    def operation(self) -> Operation:
        """How the mask will join the selection: the docker's choice, or that of the first click's keys."""
        return self._override or self._choices.operation

    def mapping(self) -> Mapping:
        """Return how the view shows the image now."""
        widget = self.canvas.widget
        size = (widget.width(), widget.height())
        image = (self._image.width, self._image.height)
        return Mapping(self.canvas.image_to_widget(), size, image, self.canvas.wraps)

    def set_choices(self, choices: Choices) -> None:
        """Go on with these."""
        source, self._choices = self._choices.source, choices
        self._session.set_options(choices.options)
        self._session.set_model(choices.model)
        if not choices.hover:
            self._session.hover(None)
        if choices.source is not source:
            self._read()
        self._show(self.state)

    def refine(self) -> None:
        """Make the selection that is there the prompt."""
        mask = self._host.read_selection()
        if mask is None:
            self._complain(tr("Nothing is selected: make a selection first."))
            return
        self._trouble = ""
        self._session.set_mask(mask)

    # Intents.

    def click(self, x: float, y: float, *, foreground: bool, modifiers: Any) -> None:
        """Add a point; keys held with the first one choose the selection operation, as in Krita's tools."""
        if self._busy_applying():
            return
        if not self._sees(x, y):
            self._complain(tr("The layer ends before this place: click on it, or use all visible layers."))
            return
        alt = bool(modifiers & _Mod.AltModifier)
        if self.state.prompts.is_empty and foreground:
            self._override = self._operation_of(modifiers)
            alt = alt and self._override is None
        self._trouble = ""
        self._session.add_point(x, y, foreground=foreground and not alt)

    def box(self, box: Box, *, modifiers: Any) -> None:
        """Set the box."""
        if self._busy_applying():
            return
        if self.state.prompts.is_empty:
            self._override = self._operation_of(modifiers)
        self._trouble = ""
        self._session.set_box(box)

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """Show what a click there would select."""
        if x is None or y is None or not self._sees(x, y):
            self._session.hover(None)
        elif self._choices.hover:
            self._session.hover(x, y)

    def undo(self) -> None:
        """Take the last prompt back."""
        self._apply_wanted = False
        self._trouble = ""
        self._session.undo()
        if self.state.prompts.is_empty:
            self._override = None
        self._show(self.state)

    def redo(self) -> None:
        """Make the last prompt that was taken back again."""
        self._session.redo()

    def next_candidate(self, step: int) -> None:
        """Show the next candidate."""
        self._session.next_candidate(step)

    def apply(self, modifiers: Any = None) -> None:
        """Make the mask at full size and write it; a mask that is still on its way is waited for."""
        if self._busy_applying():
            return
        if self.state.prompts.is_empty:
            self._complain(tr("There is no mask yet: click the object first."))
            return
        self._override = self._operation_of(modifiers) or self._override
        self._trouble = ""
        self._apply_wanted = True
        self._show(self.state)

    def cancel(self) -> None:
        """End without a trace; a write that has begun is finished first."""
        if not self._writing:
            self.close()

    def retry(self) -> None:
        """Try again after a failure."""
        self._trouble = ""
        if self._picture is None:
            self._read()
        else:
            self._session.retry()
        self._show(self.state)

    # The end.

    def close(self, *_: Any) -> None:
        """End the mode in this view; the view may be gone already."""
        if self._over:
            return
        self._over = True
        self._session.close()
        if self.canvas.widget_alive:
            self._timer.stop()
            self.canvas.widget.destroyed.disconnect(self.close)
            self._overlay.end()
        self._ended(self)
        QtCore.QTimer.singleShot(0, self._let_go)

    def _let_go(self) -> None:
        """Drop what is Krita's and Qt's here, on the main thread.

        Left in a cycle, the garbage collector could do it on the backend's thread, where Krita crashes.
        """
        del self.canvas, self._host, self._overlay, self._timer

    # Inside.

    def _operation_of(self, modifiers: Any) -> Optional[Operation]:
        """Return what the keys mean for the selection (Krita's own meaning), or None where they mean nothing."""
        if modifiers is None or self._choices.target is not Target.SELECTION:
            return None
        shift, alt = bool(modifiers & _Mod.ShiftModifier), bool(modifiers & _Mod.AltModifier)
        if alt and self._host.read_selection() is None:
            return None  # there is nothing to subtract from
        if shift or alt:
            joined = Operation.INTERSECT if shift and alt else Operation.SUBTRACT
            return joined if alt else Operation.ADD
        return Operation.REPLACE if modifiers & _Mod.ControlModifier else None

    def _sees(self, x: float, y: float) -> bool:
        """Whether the picture that was read has something at a position; before it is read, anything may be there."""
        seen = self._picture
        return seen is None or (seen.x <= x <= seen.right and seen.y <= y <= seen.bottom)

    def _busy_applying(self) -> bool:
        return self._apply_wanted or self._writing

    def _read(self) -> None:
        if self._over or not self._started:
            return
        try:
            picture = self._host.read_picture(self._choices.source)
            self._layer = self._host.layer_key()
        except HostError as error:
            self._picture = None
            self._complain(tr(str(error)))
            return
        self._trouble = ""
        self._image, self._picture = self._host.image_bounds(), picture.bounds
        self._session.set_view(self._wanted_view())
        self._session.start(picture)

    def _show(self, state: State) -> None:
        if self._over:
            return
        self._overlay.show_state(state, self.sentence, can_retry=self.can_retry)
        self._changed(learned=self._learned(state))
        if self._apply_wanted and not self._asked:
            self._go_on_applying(state)

    def _learned(self, state: State) -> bool:
        """Whether the model in use is ready, or gives its first mask, for the first time in this picking."""
        before, now = self._lesson, self._lesson
        if state.phase is not Phase.READY:
            now = None
        elif before is None or (before == "ready" and state.preview is not None):
            now = "ready" if before is None else "mask"
        self._lesson = now
        return now is not None and now != before

    def _go_on_applying(self, state: State) -> None:
        if state.phase is Phase.FAILED or (state.message and not state.busy):
            self._apply_wanted = False
            self._overlay.show_state(state, self.sentence, can_retry=self.can_retry)
        elif state.preview is not None and state.phase is Phase.READY and not state.busy:
            self._asked = True
            self._session.apply(self._on_mask)

    def _on_mask(self, mask: Optional[Mask], error: Optional[MaskwrightError]) -> None:
        self._apply_wanted = self._asked = False
        if mask is None:
            self._complain(tr(error.message) if error is not None else "")
        elif self._host.image_bounds() != self._image:
            self._read()
            self._complain(tr("The image has another size now: click the object again."))
        else:
            self._writing = True
            self._show(self.state)
            self._host.write_mask(mask, self._choices.target, self.operation, self._on_written)

    def _on_written(self, error: Optional[HostError]) -> None:
        self._writing = False
        if self._over:
            return
        if error is not None:
            self._complain(tr(str(error)))
        else:
            self.close()

    def _complain(self, sentence: str) -> None:
        self._trouble = sentence
        self._show(self.state)

    def _follow(self) -> None:
        """Notice what Krita does not tell: zoom, pan and rotation, another active layer, a closed view."""
        if not self.canvas.alive:
            self.close()
            return
        mapping = self.mapping()
        now = time.monotonic()
        if mapping.key != self._mapping_key:
            self._mapping_key, self._moved = mapping.key, now
            self._overlay.update()
        elif self._moved and now - self._moved > REST_SECONDS:
            self._moved = 0.0
            self._session.set_view(self._wanted_view())
        self._notice_waiting(now)
        if now - self._looked > LOOK_SECONDS and not self._busy_applying():
            self._looked = now
            self._look()

    def _notice_waiting(self, now: float) -> None:
        """Say so when a mask takes long, and no more when it is there."""
        if not self.state.busy:
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now
        long = self._waiting_since is not None and now - self._waiting_since > LONG_SECONDS
        if long != self._long:
            self._long = long
            self._show(self.state)

    def _look(self) -> None:
        if self._host.image_bounds() != self._image:
            self._read()
        elif self._choices.source is Source.LAYER and self._layer:
            try:
                changed = self._host.layer_key() != self._layer
            except HostError:
                return
            if changed:
                self._read()

    def _wanted_view(self) -> Any:
        """Return the visible part for pictures that are larger than a preview; smaller ones are seen whole."""
        if self._picture is None or max(self._picture.width, self._picture.height) <= PREVIEW_SIDE:
            return None
        return self.mapping().view(self._picture, self.canvas.widget.devicePixelRatioF(), PREVIEW_SIDE)
