# SPDX-License-Identifier: GPL-3.0-or-later
"""One view in which an object is being picked: what belongs to it, what is shown of it, and its end."""

from __future__ import annotations

from typing import Any, Callable, Protocol, Tuple

from maskwright_plugin.backend import Backend
from maskwright_plugin.host import Operation, Target
from maskwright_plugin.picking.object_session import ObjectSession
from maskwright_plugin.picking.state import Phase, Preview, State

from ..canvas.keys import RIVALS
from ..canvas.mapping import Mapping
from ..canvas.overlay import Overlay
from ..choices import Choices
from ..i18n import tr
from ..krita_host import KritaCanvas, KritaHost
from ..krita_host.application import actions_with
from ..qt import QtCore
from .applying import Applying
from .following import Following
from .reading import Reading
from .saying import Saying
from .sentences import describe
from .wishes import Wishes

PREVIEW_SIDE = 2048


class Changed(Protocol):
    """Told after every change; `learned` when the daemon has just measured something, or shown that it lives."""

    def __call__(self, *, learned: bool) -> None:
        """Take notice."""


class Picking:
    """From `start` to `ended`; implements Wished, Applicant and Followed. `changed` is called after every change.

    `wishes` is where clicks, keys and buttons come in.
    """

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
        self.choices = choices
        self._changed = changed
        self._ended = ended
        self.reading = Reading(host)
        self.saying = Saying()
        self._session = ObjectSession(backend, self._show, model=choices.model)
        self._applying = Applying(self, self._session, host)
        self.wishes = Wishes(self, self._session, self._applying, host, backend)
        self._lesson: Any = None
        self._gone: Tuple[Preview, ...] = ()
        self._over = self._started = False
        self._overlay = Overlay(canvas.widget, self.wishes, self.mapping, actions_with(*RIVALS))
        self._following = Following(self, self._overlay)
        canvas.widget.destroyed.connect(self.close)
        self._session.set_options(choices.options)
        self.show()

    def start(self) -> None:
        """Begin with the pixels; clicks that came before are kept."""
        self._started = True
        QtCore.QTimer.singleShot(0, self.read)  # the overlay is seen first, then the pixels are read

    # What others ask.

    @property
    def state(self) -> State:
        """The session's state, without masks of pixels that are gone."""
        state = self._session.state
        outdated = bool(state.previews) and state.previews is self._gone
        if outdated or self.reading.reason:
            return state._replace(previews=(), chosen=0, hover=None)
        return state

    @property
    def sentence(self) -> str:
        """What is going on, as a sentence in the user's language."""
        said = self.saying.complaint or self.reading.reason
        if said:
            return said
        if self.state.stalled:
            return describe(self.state)
        if not self._started:
            return tr("Starting Maskwright…")
        return self.saying.passing or describe(
            self.state, writing=self._applying.busy, long=self._following.long
        )

    @property
    def can_retry(self) -> bool:
        """Whether it failed and `retry` may help."""
        return bool(self.reading.reason) or self.state.phase is Phase.FAILED or self.state.stalled

    @property
    def operation(self) -> Operation:
        """How the mask will join the selection."""
        return self.wishes.operation

    @property
    def target(self) -> Target:
        """What the mask will become."""
        return self.choices.target

    def mapping(self) -> Mapping:
        """Return how the view shows the image now."""
        widget = self.canvas.widget
        size = (widget.width(), widget.height())
        image = (self.reading.image.width, self.reading.image.height)
        return Mapping(self.canvas.image_to_widget(), size, image, self.canvas.wraps)

    def set_choices(self, choices: Choices) -> None:
        """Go on with these."""
        source, self.choices = self.choices.source, choices
        self._session.set_options(choices.options)
        self._session.set_model(choices.model)
        if not choices.hover:
            self._session.hover(None)
        if choices.source is not source:
            self.saying.forget()
            self.read()
        self.show()

    def in_front(self) -> bool:
        """Whether its view is the one in front."""
        return self.canvas.in_front

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
        self._applying.let_go()
        self.wishes.let_go()
        del self.canvas, self.wishes, self.reading, self._applying, self._overlay, self._following

    # What Applying and Following ask for.

    def complain(self, sentence: str) -> None:
        """Say why something was not done."""
        self.saying.complaint = sentence
        self.show()

    def show(self) -> None:
        """Show what there is now."""
        self._show(self._session.state)

    def is_outdated(self) -> bool:
        """Whether the pixels have changed; they are read again then, and what was wanted of them is not done."""
        if not self.reading.is_outdated():
            return False
        self._read_again()
        if not self.reading.reason:
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
        if self.saying.is_over():
            self.show()
        if not self._started or self._applying.busy or not self.canvas.in_front:
            return
        reason = self.reading.reason
        if self.reading.is_another():
            self.saying.forget()
            self.read()
        elif self.reading.has_changed():
            self._read_again()
            self.saying.note(tr("The pixels have changed: they were read again, your clicks are kept."))
            self.show()
        elif reason != self.reading.reason:
            self.show()

    def read(self) -> None:
        """Read the pixels anew, or learn why there are none; the clicks are kept."""
        if self._over or not self._started:
            return
        picture = self.reading.read(self.choices.source)
        if picture is not None:
            self._overlay.show_on(picture)
            self._session.set_view(self._wanted_view())
            self._session.start(picture)
        self.show()

    # Inside.

    def _read_again(self) -> None:
        """Read what has changed; what was seen of the old pixels is no longer shown."""
        self._gone = self._session.state.previews
        self.read()

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
        picture = self.reading.bounds
        if picture is None or max(picture.width, picture.height) <= PREVIEW_SIDE:
            return None
        return self.mapping().view(picture, self.canvas.widget.devicePixelRatioF(), PREVIEW_SIDE)
