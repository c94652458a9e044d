# SPDX-License-Identifier: GPL-3.0-or-later
"""One object being picked: from the first click to the applied mask, without any editor in it.

The session never waits. Each method returns at once; answers arrive through the backend's main-thread
callbacks, and the listener is given a new State after every change. All coordinates are the image's.
"""

from __future__ import annotations

import itertools
from typing import Any, Callable, Optional

from maskwright_shared.errors import Cancelled, MaskwrightError, RequestError
from maskwright_shared.geometry import Bounds, Box, Point, View
from maskwright_shared.messages import MaskOptions

from ..backend import Backend
from ..host import Mask, Picture
from ..ticket import Done
from .applying import Applied, Applying
from .errand import Errand, cancelled
from .hovering import Hovering
from .opening import LOST, Opening
from .prompts import History, Prompts
from .question import Question
from .state import Phase, State
from .translation import Translation

Listener = Callable[[State], None]

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
        self._options = MaskOptions()
        self._view: Optional[View] = None
        self._generation = 0
        self._window: Optional[Bounds] = None
        self._asking: Optional[Errand] = None
        self._hovering = Hovering(backend, self._hover_question, self._on_hover)
        self._applying = Applying(self._send_apply, self._on_applied)
        self._unwatch = backend.watch(self._on_stall)
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

    def set_options(self, options: MaskOptions) -> None:
        """Finish masks by these options from now on; the shown one is made anew."""
        if options != self._options:
            self._options = options
            self._ask()

    @property
    def options(self) -> MaskOptions:
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
        if x is not None and y is not None:
            self._hovering.want(Point(x, y))
            return
        self._hovering.end()
        if self.state.hover is not None:
            self._show(hover=None)

    def apply(self, applied: Applied) -> None:
        """Make the shown mask at full size and hand it to `applied`, or the error; nothing else changes."""
        if self.state.preview is None or self._picture is None:
            applied(None, RequestError("request.prompt", "There is no mask yet: click the object first."))
        elif self._applying.is_wanted:
            applied(None, RequestError("request.busy", "The mask is being made already: wait a moment."))
        else:
            self._applying.begin(applied, at_once=self.state.phase is Phase.READY)
            self.retry()
            self._show()

    def retry(self) -> None:
        """Try again after a failure."""
        if self.state.phase is Phase.FAILED:
            self._opening.retry()

    def close(self) -> None:
        """End the session; neither the listener nor `applied` is called again."""
        self._listener = _ignore
        self._applying.forget()
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
            self._applying.go_on()
            self._show()
        elif phase is Phase.FAILED:
            self._give_up(message)

    def _on_stall(self, stalled: bool) -> None:  # noqa: FBT001 - a state
        self._show(stalled=stalled)
        if not stalled and self._opening.failed_for_daemon:
            self.retry()  # the daemon goes on, or there is a new one

    def _give_up(self, message: str) -> None:
        applied = self._applying.take()
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
        self._window = None
        self._hovering.withdraw()
        if self._history.now.is_empty:
            self._drop_question()
            self._show(previews=(), chosen=0, hover=None, message=self._failure)
            self._hovering.go_on()
            return
        if self.state.phase is Phase.READY:
            self._send_segment()
        self._show(hover=None)

    def _send_segment(self) -> None:
        if self._asking is not None and self._asking.carries_mask:
            self._drop_question()  # the daemon cannot know yet that it is overtaken
        self._send_question(self._question, None)

    def _send_question(self, question: Question, draft: Optional[int]) -> None:
        """Ask for the candidates; `draft` is the candidate shown until the answer to a closer look, else None."""

        def answered(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._on_masks(question, draft, reply, error)

        self._asking = Errand(self._backend, question, question.segment(), answered)

    def _on_masks(
        self, question: Question, draft: Optional[int], reply: Any, error: Optional[MaskwrightError]
    ) -> None:
        if isinstance(error, Cancelled) or (reply is not None and reply.generation != self._generation):
            return
        self._asking = None
        if error is not None:
            self._without_masks(error, draft)
            return
        answered = question.translation.previews(reply, question.view)
        ordered = tuple(sorted(answered, key=lambda preview: preview.candidate))
        shown, chosen = answered[0], self._history.candidate
        asked = question.candidate if draft is None else draft
        if asked is not None and chosen != asked:  # the user chose another one meanwhile
            shown = next((preview for preview in ordered if preview.candidate == chosen), shown)
        self._history.show(shown.candidate)
        if reply.closer is not None and draft is None:
            self._window = reply.closer
            self._send_question(question._replace(window=reply.closer), shown.candidate)
        self._show(previews=ordered, chosen=ordered.index(shown), message="")
        self._hovering.go_on()

    def _without_masks(self, error: MaskwrightError, draft: Optional[int]) -> None:
        if draft is None or error.code in LOST or error.code.startswith("connection."):
            self._refused(error)
            return
        self._window = None  # the closer look failed: what is shown is what will be applied
        self._show()

    def _hover_question(self) -> Optional[Question]:
        busy = self._asking is not None or self._applying.is_under_way
        return None if busy or self.state.phase is not Phase.READY else self._question

    def _on_hover(self, question: Question, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None and error.code in LOST:
            self._refused(error)
        elif reply is not None and reply.generation == self._generation:
            self._show(hover=question.translation.previews(reply, question.view)[0])

    def _send_apply(self, done: Done) -> Errand:
        question = self._question
        return Errand(self._backend, question, question.apply(), done)

    def _on_applied(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None and error.code in LOST:
            self._opening.recover(error)  # once the image is there again, it goes on with applying
            return
        applied = self._applying.take()
        self._show()
        if applied is not None:
            applied(None if reply is None else self._translation.mask(reply), error)

    def _drop_question(self) -> None:
        cancelled(self._asking)
        self._asking = None

    # Small things.

    def _refused(self, error: MaskwrightError) -> None:
        if error.code in LOST or error.code.startswith("connection."):
            self._opening.recover(error)
        elif not isinstance(error, Cancelled):
            self._show(message=error.message)
            self._give_up(error.message)

    def _withdraw_all(self) -> None:
        self._drop_question()
        self._hovering.withdraw()
        self._applying.withdraw()

    @property
    def _failure(self) -> str:
        return self.state.message if self.state.phase is Phase.FAILED else ""

    @property
    def _translation(self) -> Translation:
        assert self._picture is not None  # noqa: S101 - nothing is asked for before there is one
        return Translation(self._picture.bounds, self._opening.image, self._opening.model)

    @property
    def _question(self) -> Question:
        """The question of this moment."""
        translation, history = self._translation, self._history
        return Question(
            translation,
            history.now,
            self._options,
            history.candidate,
            history.previous,
            translation.view(self._view),
            self._slot,
            self._generation,
            self._window,
        )

    def _show(self, **changes: Any) -> None:
        now = {
            "busy": self._asking is not None or self._applying.is_wanted,
            "prompts": self._history.now,
            "can_undo": self._history.can_undo,
        }
        self.state = self.state._replace(**{**now, **changes})
        self._listener(self.state)


def _ignore(_: State) -> None:
    return None
