# SPDX-License-Identifier: GPL-3.0-or-later
"""One object being picked: from the first click to the applied mask, without any editor in it.

The session never waits. Each method returns at once; answers arrive through the backend's main-thread
callbacks, and the listener is given a new State after every change. All coordinates are the image's.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any, Callable, Optional

from maskwright_shared import messages
from maskwright_shared.errors import Cancelled, MaskwrightError, RequestError
from maskwright_shared.geometry import Box, Point, View

from ..backend import Backend
from ..host import Mask, Picture
from ..ticket import Done, Ticket
from .opening import LOST, Opening
from .prompts import History, Prompts
from .state import Phase, State
from .translation import Translation

Listener = Callable[[State], None]
Applied = Callable[[Optional[Mask], Optional[MaskwrightError]], None]

_slots = itertools.count(1)


class ObjectSession:
    """The prompts, the model's answers, and what to do when the daemon goes away in between.

    After `start`, prompts may come at once; they are answered as soon as the image is encoded. A mask depends
    on the prompts and the candidates chosen for them alone, so taking one back is exact.
    """

    def __init__(self, backend: Backend, listener: Listener, *, model: str = "") -> None:
        self._backend = backend
        self._listener = listener
        self._slot = str(next(_slots))
        self._opening = Opening(backend, self._slot, self._on_phase)
        self._picture: Optional[Picture] = None
        self._history = History()
        self._options = messages.MaskOptions()
        self._view: Optional[View] = None
        self._generation = 0
        self._asking: Optional[Ticket] = None
        self._hovering: Optional[Ticket] = None
        self._hover_wanted: Optional[Point] = None
        self._applying: Optional[Ticket] = None
        self._applied: Optional[Applied] = None
        self._unwatch = backend.watch(lambda stalled: self._show(stalled=stalled))
        self.state = State(model=model)

    # What the user does.

    def start(self, picture: Picture) -> None:
        """Hand over the pixels and begin encoding; a picture given before is replaced, prompts stay."""
        self._picture = picture
        self._withdraw_all()
        self._opening.start(picture, self.state.model)

    def set_model(self, model: str) -> None:
        """Use another model from now on; "" is the daemon's default."""
        if model != self.state.model:
            self._history.forget_candidates()
            self._show(model=model, previews=(), chosen=0, hover=None)
            if self._picture is not None:
                self.start(self._picture)

    def add_point(self, x: float, y: float, *, foreground: bool = True) -> None:
        """Add a click that belongs to the object (or does not)."""
        now = self._history.now
        self._change(now._replace(points=(*now.points, Point(x, y, foreground))))

    def set_box(self, box: Optional[Box]) -> None:
        """Set, replace or remove the box."""
        self._change(self._history.now._replace(box=box))

    def set_mask(self, mask: Optional[Mask]) -> None:
        """Set an existing selection as prompt, replace it, or remove it."""
        self._change(self._history.now._replace(mask=mask))

    def set_prompts(self, prompts: Prompts) -> None:
        """Replace all prompts in one step."""
        self._change(prompts)

    def clear(self) -> None:
        """Take all prompts away, in one step that can be undone."""
        if not self._history.now.is_empty:
            self._change(Prompts())

    def undo(self) -> bool:
        """Take the last change of the prompts back; return False where there is none."""
        return self._moved(self._history.undo())

    def redo(self) -> bool:
        """Make the last change that was taken back again; return False where there is none."""
        return self._moved(self._history.redo())

    def next_candidate(self, step: int = 1) -> None:
        """Show the next of the model's candidates (part, whole, group)."""
        if self.state.previews:
            self.choose_candidate((self.state.chosen + step) % len(self.state.previews))

    def choose_candidate(self, index: int) -> None:
        """Show the candidate at this place of `state.previews`."""
        if 0 <= index < len(self.state.previews):
            self._history.show(self.state.previews[index].candidate)
            self._show(chosen=index)

    def set_options(self, options: messages.MaskOptions) -> None:
        """Finish masks by these options from now on; the shown one is made anew."""
        if options != self._options:
            self._options = options
            self._ask()

    @property
    def options(self) -> messages.MaskOptions:
        """The mask options in use."""
        return self._options

    @property
    def previous(self) -> Optional[int]:
        """The candidate that was shown before the last change of the prompts, on which the shown mask builds."""
        return self._history.previous

    def set_view(self, view: Optional[View]) -> None:
        """Make previews for this part of the image and this raster; None is the whole picture."""
        if view != self._view:
            self._view = view
            self._ask()

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """Show what a click there would select; None ends it. The newest position wins, one decode is in flight."""
        if x is None or y is None:
            self._hover_wanted = None
            self._hovering = _cancelled(self._hovering)  # its answer would show a mask under no pointer
            if self.state.hover is not None:
                self._show(hover=None)
            return
        self._hover_wanted = Point(x, y)
        self._ask_hover()

    def apply(self, applied: Applied) -> None:
        """Make the shown mask at full size and hand it to `applied`, or the error; nothing else changes."""
        if self.state.preview is None or self._picture is None:
            applied(None, RequestError("request.prompt", "There is no mask yet: click the object first."))
            return
        if self._applied is not None:
            applied(None, RequestError("request.busy", "The mask is being made already: wait a moment."))
            return
        self._applied = applied
        self._send_apply()

    def retry(self) -> None:
        """Try again after a failure."""
        if self.state.phase is Phase.FAILED:
            self._opening.retry()

    def close(self) -> None:
        """End the session; neither the listener nor `applied` is called again."""
        self._listener = _ignore
        self._applied = None
        self._withdraw_all()
        self._opening.close()
        self._unwatch()
        self.state = self.state._replace(phase=Phase.CLOSED, busy=False)

    # The way to an encoded image.

    def _on_phase(self, phase: Phase, progress: Optional[float], message: str) -> None:
        if phase in (Phase.CONNECTING, Phase.FAILED):
            self._withdraw_all()
        self._show(phase=phase, progress=progress, message=message, hover=None)
        if phase is Phase.READY:
            self._ask()
            if self._applied is not None:
                self._send_apply()
        elif phase is Phase.FAILED:
            self._give_up(message)

    def _give_up(self, message: str) -> None:
        applied, self._applied = self._applied, None
        if applied is not None:
            applied(None, MaskwrightError("request.failed", message))

    # Asking for masks.

    def _change(self, prompts: Prompts) -> None:
        self._history.change(prompts)
        self._ask()

    def _moved(self, moved: bool) -> bool:  # noqa: FBT001 - what the history said
        if moved:
            self._ask()
        return moved

    def _ask(self) -> None:
        """Ask for the masks of the present prompts; what was asked before is overtaken."""
        self._generation += 1
        self._hovering = _cancelled(self._hovering)
        if self._history.now.is_empty:
            self._asking = _cancelled(self._asking)
            self._show(previews=(), chosen=0, hover=None, message=self._failure)
            self._ask_hover()
            return
        if self.state.phase is Phase.READY:
            self._send_segment()
        self._show(hover=None)

    def _send_segment(self) -> None:
        view = self._translation.view(self._view)
        request = messages.Segment(
            **self._translation.prompted(self._history.now, self._options),
            candidate=self._history.candidate,
            previous=self._history.previous,
            slot=self._slot,
            generation=self._generation,
            view=view,
            all_candidates=True,
        )

        def answered(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._on_masks(view, request.candidate, reply, error)

        def send(ready: messages.Segment) -> None:
            if ready.generation == self._generation:
                self._asking = self._backend.request(ready, answered)

        self._asking = self._with_mask(request, send, answered) or self._asking

    def _on_masks(
        self, view: View, asked: Optional[int], reply: Any, error: Optional[MaskwrightError]
    ) -> None:
        if isinstance(error, Cancelled) or (reply is not None and reply.generation != self._generation):
            return
        self._asking = None
        if error is not None:
            self._refused(error)
            return
        answered = self._translation.previews(reply, view)
        ordered = tuple(sorted(answered, key=lambda preview: preview.candidate))
        shown = answered[0]
        if asked is not None and self._history.candidate != asked:  # the user chose another one meanwhile
            shown = next((it for it in ordered if it.candidate == self._history.candidate), shown)
        self._history.show(shown.candidate)
        self._show(previews=ordered, chosen=ordered.index(shown), message="")
        self._ask_hover()

    def _ask_hover(self) -> None:
        free = self._asking is None and self._hovering is None and self._applying is None
        if self._hover_wanted is None or self.state.phase is not Phase.READY or not free:
            return
        point, self._hover_wanted = self._hover_wanted, None
        now = self._history.now
        view = self._translation.view(self._view)
        request = messages.Segment(
            **self._translation.prompted(now._replace(points=(*now.points, point)), self._options),
            previous=self._history.candidate,
            slot=self._slot,
            generation=self._generation,
            view=view,
        )

        def answered(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._on_hover(view, reply, error)

        def send(ready: messages.Segment) -> None:
            if ready.generation == self._generation:
                self._hovering = self._backend.request(ready, answered)

        self._hovering = self._with_mask(request, send, answered) or self._hovering

    def _on_hover(self, view: View, reply: Any, error: Optional[MaskwrightError]) -> None:
        if isinstance(error, Cancelled):
            return
        self._hovering = None
        if error is not None and error.code in LOST:
            self._refused(error)
        elif reply is not None and reply.generation == self._generation:
            self._show(hover=self._translation.previews(reply, view)[0])
        self._ask_hover()

    def _send_apply(self) -> None:
        request = messages.Apply(
            **self._translation.prompted(self._history.now, self._options),
            candidate=self._history.candidate,
            previous=self._history.previous,
        )

        def send(ready: messages.Apply) -> None:
            if self._applied is not None:
                self._applying = self._backend.request(ready, self._on_applied)

        self._applying = self._with_mask(request, send, self._on_applied) or self._applying
        self._show()

    def _on_applied(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        self._applying = None
        if error is not None and error.code in LOST:
            self._opening.recover(error)  # once the image is there again, it goes on with applying
            return
        applied, self._applied = self._applied, None
        self._show()
        if applied is not None:
            applied(None if reply is None else self._translation.mask(reply), error)

    # A mask prompt travels once, as a GRAY image of its own.

    def _with_mask(self, request: Any, send: Callable[[Any], None], answered: Done) -> Optional[Ticket]:
        """Send the request, at once or after the mask among its prompts has a name at the daemon.

        Returns what is under way until then; when that fails, `answered` gets the error.
        """
        mask = self._history.now.mask
        if mask is None:
            send(request)
            return None

        def put(reply: Any, error: Optional[MaskwrightError]) -> None:
            if error is not None:
                answered(None, error)
                return
            x, y = self._translation.corner(mask.bounds)
            send(dataclasses.replace(request, mask=messages.MaskPrompt(reply.image, x, y)))

        bounds = mask.bounds
        return self._backend.put_image(bounds.width, bounds.height, "GRAY", mask.alpha, put, keep=True)

    # Small things.

    def _refused(self, error: MaskwrightError) -> None:
        if error.code in LOST or error.code.startswith("connection."):
            self._opening.recover(error)
        elif not isinstance(error, Cancelled):
            self._show(message=error.message)
            self._give_up(error.message)

    def _withdraw_all(self) -> None:
        self._asking = _cancelled(self._asking)
        self._hovering = _cancelled(self._hovering)
        self._applying = _cancelled(self._applying)

    @property
    def _failure(self) -> str:
        return self.state.message if self.state.phase is Phase.FAILED else ""

    @property
    def _translation(self) -> Translation:
        assert self._picture is not None  # noqa: S101 - nothing is asked for before there is one
        return Translation(self._picture.bounds, self._opening.image, self._opening.model)

    def _show(self, **changes: Any) -> None:
        now = {
            "busy": self._asking is not None or self._applied is not None,
            "prompts": self._history.now,
            "can_undo": self._history.can_undo,
        }
        self.state = self.state._replace(**{**now, **changes})
        self._listener(self.state)


def _cancelled(ticket: Optional[Ticket]) -> Optional[Ticket]:
    """Cancel a ticket, if there is one; what is left of it is nothing."""
    if ticket is not None:
        ticket.cancel()
    return None


def _ignore(_: State) -> None:
    return None
