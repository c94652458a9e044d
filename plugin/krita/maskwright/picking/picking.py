# SPDX-License-Identifier: GPL-3.0-or-later
"""One view in which an object is being picked: what its user wants, its session with the daemon, and its end."""

from __future__ import annotations

from typing import Any, Callable, Optional, Protocol, Tuple

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import Operation, Target
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import Phase, Preview, State
from maskwright_shared.geometry import Box

from ..canvas.keys import RIVALS
from ..canvas.mapping import Mapping
from ..canvas.overlay import Overlay
from ..choices import Choices
from ..i18n import tr
from ..krita_host import KritaCanvas, KritaHost
from ..krita_host.application import actions_with
from ..qt import Qt, QtCore
from .applying import Applying
from .following import Following
from .joining import operation_of
from .reading import Reading
from .saying import Saying
from .sentences import describe

PREVIEW_SIDE = 2048


class Changed(Protocol):
    """Told after every change; `learned` when the daemon has just measured something, or shown that it lives."""

    def __call__(self, *, learned: bool) -> None:
        """Take notice."""


class Picking:
    """From `start` to `ended`; implements Intents, Applicant and Followed. `changed` is called after every change."""

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
        self._reading = Reading(host)
        self._saying = Saying()
        self._session = ObjectSession(backend, self._show, model=choices.model)
        self._applying = Applying(self, self._session, host)
        self._lesson: Any = None
        self._override: Optional[Operation] = None
        self._gone: Tuple[Preview, ...] = ()
        self._over = self._started = False
        self._overlay = Overlay(canvas.widget, self, self.mapping, actions_with(*RIVALS))
        self._following = Following(self, self._overlay)
        canvas.widget.destroyed.connect(self.close)
        self._session.set_options(choices.options)
        self.show()

    def start(self) -> None:
        """Begin with the pixels; clicks that came before are kept."""
        self._started = True
        QtCore.QTimer.singleShot(0, self._read)  # the overlay is seen first, then the pixels are read

    # What others ask.

    @property
    def state(self) -> State:
        """The session's state, without masks of pixels that are gone."""
        state = self._session.state
        outdated = bool(state.previews) and state.previews is self._gone
        if outdated or self._reading.reason:
            return state._replace(previews=(), chosen=0, hover=None)
        return state

    @property
    def sentence(self) -> str:
        """What is going on, as a sentence in the user's language."""
        said = self._saying.complaint or self._reading.reason
        if said:
            return said
        if self.state.stalled:
            return describe(self.state)
        if not self._started:
            return tr("Starting Maskwright…")
        return self._saying.passing or describe(
            self.state, writing=self._applying.busy, long=self._following.long
        )

    @property
    def can_retry(self) -> bool:
        """Whether it failed and `retry` may help."""
        return bool(self._reading.reason) or self.state.phase is Phase.FAILED or self.state.stalled

    @property
    def operation(self) -> Operation:
        """How the mask will join the selection: the docker's choice, or that of the first click's keys."""
        return self._override or self._choices.operation

    @property
    def target(self) -> Target:
        """What the mask will become."""
        return self._choices.target

    def mapping(self) -> Mapping:
        """Return how the view shows the image now."""
        widget = self.canvas.widget
        size = (widget.width(), widget.height())
        image = (self._reading.image.width, self._reading.image.height)
        return Mapping(self.canvas.image_to_widget(), size, image, self.canvas.wraps)

    def set_choices(self, choices: Choices) -> None:
        """Go on with these."""
        source, self._choices = self._choices.source, choices
        self._session.set_options(choices.options)
        self._session.set_model(choices.model)
        if not choices.hover:
            self._session.hover(None)
        if choices.source is not source:
            self._saying.forget()
            self._read()
        self.show()

    def refine(self) -> None:
        """Make the selection that is there the prompt."""
        mask = self._host.read_selection()
        if mask is None:
            self.complain(tr("Nothing is selected: make a selection first."))
            return
        self._saying.forget()
        self._session.set_mask(mask)

    # Intents.

    def in_front(self) -> bool:
        """Whether its view is the one in front."""
        return self.canvas.in_front

    def click(self, x: float, y: float, *, foreground: bool, modifiers: Any) -> None:
        """Add a point; keys held with the first one choose the selection operation, as in Krita's tools."""
        if not self._takes_prompts():
            return
        if not self._reading.sees(x, y):
            self.complain(tr("The layer ends before this place: click on it, or use all visible layers."))
            return
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if self.state.prompts.is_empty and foreground:
            self._override = self._operation_of(modifiers)
            alt = alt and self._override is None
        self._session.add_point(x, y, foreground=foreground and not alt)

    def box(self, box: Box, *, modifiers: Any) -> None:
        """Set the box."""
        if self._takes_prompts():
            if self.state.prompts.is_empty:
                self._override = self._operation_of(modifiers)
            self._session.set_box(box)

    def miss(self) -> None:
        """Say that there is nothing to click on outside of the image."""
        if not self._applying.busy:
            self.complain(tr("The image ends before this place: click inside it."))

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """Show what a click there would select."""
        if x is None or y is None or not self._reading.sees(x, y):
            self._session.hover(None)
        elif self._choices.hover and not self._reading.reason:
            self._session.hover(x, y)

    def undo(self) -> None:
        """Take the last prompt back."""
        self._applying.withdraw()
        self._saying.forget()
        self._session.undo()
        if self.state.prompts.is_empty:
            self._override = None
        self.show()

    def redo(self) -> None:
        """Make the last prompt that was taken back again."""
        self._saying.forget()
        self._session.redo()
        self.show()

    def next_candidate(self, step: int) -> None:
        """Show the next candidate."""
        self._session.next_candidate(step)

    def apply(self, modifiers: Any = None) -> None:
        """Make the mask at full size and write it; a mask that is still on its way is waited for."""
        if not self._takes_prompts():
            return
        if self.state.prompts.is_empty:
            self.complain(tr("There is no mask yet: click the object first."))
            return
        self._override = self._operation_of(modifiers) or self._override
        self._applying.want()

    def cancel(self) -> None:
        """End without a trace; a write that has begun is finished first."""
        if not self._applying.writing:
            self.close()

    def retry(self) -> None:
        """Try again after a failure."""
        self._saying.forget()
        if self._reading.bounds is None:
            self._read()
        else:
            self._session.retry()
        self.show()

    # The end.

    def close(self, *_: Any) -> None:
        """End the mode in this view; the view may be gone already."""
        if self._over:
            return
        self._over = self._applying.over = True
        self._session.close()
        if self.canvas.widget_alive:
            self._following.stop()
            self.canvas.widget.destroyed.disconnect(self.close)
            self._overlay.end()
        self._ended(self)
        QtCore.QTimer.singleShot(0, self._let_go)

    def _let_go(self) -> None:
        """Drop what is Krita's and Qt's here, on the main thread.

        Left in a cycle, the garbage collector could do it on the backend's thread, where Krita crashes.
        """
        del self.canvas, self._host, self._overlay, self._following, self._applying, self._reading

    # What Applying and Following ask for.

    def complain(self, sentence: str) -> None:
        """Say why something was not done."""
        self._saying.complaint = sentence
        self.show()

    def show(self) -> None:
        """Show what there is now."""
        self._show(self._session.state)

    def is_outdated(self) -> bool:
        """Whether the pixels have changed; they are read again then, and what was wanted of them is not done."""
        if not self._reading.is_outdated():
            return False
        self._read_again()
        if not self._reading.reason:
            self.complain(tr("The pixels have changed: look at the new mask, then apply again."))
        return True

    def view_key(self) -> Any:
        """Return something that is equal while the view shows the same, None once it is closed."""
        return self.mapping().key if self.canvas.alive else None

    def view_moved(self) -> None:
        """Draw the mask where it is seen now."""
        self._overlay.update()

    def view_rests(self) -> None:
        """Ask for a mask as fine as it is seen now."""
        self._overlay.hide_tool()
        self._session.set_view(self._wanted_view())

    def view_closed(self) -> None:
        """The view is gone."""
        self.close()

    def is_waiting(self) -> bool:
        """Whether a mask is on its way."""
        return self.state.busy

    def waits_long(self) -> None:
        """Say that a mask takes long, or no more."""
        self.show()

    def look(self) -> None:
        """Look whether there is something else to read."""
        if self._saying.is_over():
            self.show()
        if not self._started or self._applying.busy or not self.canvas.in_front:
            return
        reason = self._reading.reason
        if self._reading.is_another():
            self._saying.forget()
            self._read()
        elif self._reading.has_changed():
            self._read_again()
            self._saying.note(tr("The pixels have changed: they were read again, your clicks are kept."))
            self.show()
        elif reason != self._reading.reason:
            self.show()

    # Inside.

    def _takes_prompts(self) -> bool:
        """Whether a deed of the user is possible now; where there are no pixels for it, the reason stays."""
        if self._applying.busy:
            return False
        self._saying.forget()
        if self._reading.reason and self._reading.is_another():
            self._read()
        self.show()
        return not self._reading.reason

    def _operation_of(self, modifiers: Any) -> Optional[Operation]:
        if self.target is not Target.SELECTION:
            return None
        return operation_of(modifiers, lambda: self._host.read_selection() is not None)

    def _read(self) -> None:
        if self._over or not self._started:
            return
        picture = self._reading.read(self._choices.source)
        if picture is not None:
            self._overlay.show_on(picture)
            self._session.set_view(self._wanted_view())
            self._session.start(picture)
        self.show()

    def _read_again(self) -> None:
        """Read what has changed; what was seen of the old pixels is no longer shown."""
        self._gone = self._session.state.previews
        self._read()

    def _show(self, _: State) -> None:
        if self._over:
            return
        self._overlay.show_state(self.state, self.sentence, can_retry=self.can_retry)
        self._changed(learned=self._learned(self.state))
        if not self._over and not self._applying.go_on(self.state):
            self._overlay.show_state(self.state, self.sentence, can_retry=self.can_retry)

    def _learned(self, state: State) -> bool:
        """Whether the model in use is ready, or gives its first mask, for the first time in this picking."""
        before, now = self._lesson, self._lesson
        if state.phase is not Phase.READY:
            now = None
        elif before is None or (before == "ready" and state.preview is not None):
            now = "ready" if before is None else "mask"
        self._lesson = now
        return now is not None and now != before

    def _wanted_view(self) -> Any:
        """Return the visible part for pictures that are larger than a preview; smaller ones are seen whole."""
        picture = self._reading.bounds
        if picture is None or max(picture.width, picture.height) <= PREVIEW_SIDE:
            return None
        return self.mapping().view(picture, self.canvas.widget.devicePixelRatioF(), PREVIEW_SIDE)
