# SPDX-License-Identifier: GPL-3.0-or-later
"""One object being picked: from the first click to the applied mask, without any editor in it.

The session never waits. Each method returns at once; answers arrive through the backend's main-thread
callbacks, and the listener is given a new State after every change. All coordinates are the image's.
"""

from __future__ import annotations

import time
from typing import Any, Callable, List, Optional, Tuple

from maskwright_shared import messages
from maskwright_shared.errors import Cancelled, ConnectionFailed, ImageError, MaskwrightError
from maskwright_shared.geometry import Bounds, Box, Point, View

from .backend import Backend, Ticket
from .host import Mask, Picture
from .prompts import History, Prompts
from .state import Phase, Preview, State

PREVIEW_SIDE = 2048
RECOVERIES = 3
RECOVERY_WINDOW = 60.0

Listener = Callable[[State], None]
Applied = Callable[[Optional[Mask], Optional[MaskwrightError]], None]


class ObjectSession:
    """The prompts, the model's answers, and what to do when the daemon goes away in between.

    After `start`, prompts may come at once; they are answered as soon as the image is encoded. A daemon that
    was lost is found or started again and given the picture anew, at most three times a minute.
    """

    def __init__(self, backend: Backend, listener: Listener, *, model: str = "") -> None:
        self._backend = backend
        self._listener = listener
        self._picture: Optional[Picture] = None
        self._history = History()
        self._options = messages.MaskOptions()
        self._view: Optional[View] = None
        self._image = ""
        self._generation = 0
        self._opening: Optional[Ticket] = None
        self._asking: Optional[Ticket] = None
        self._hovering: Optional[Ticket] = None
        self._hover_wanted: Optional[Point] = None
        self._applying: Optional[Ticket] = None
        self._applied: Optional[Applied] = None
        self._recoveries: List[float] = []
        self.state = State(model=model)

    # What the user does.

    def start(self, picture: Picture) -> None:
        """Hand over the pixels and begin encoding; a picture given before is replaced, prompts stay."""
        self._picture = picture
        self._open()

    def set_model(self, model: str) -> None:
        """Use another model from now on; "" is the daemon's default."""
        if model != self.state.model:
            self._show(model=model, previews=(), chosen=0, hover=None)
            if self._picture is not None:
                self._open()

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
            self._show(chosen=(self.state.chosen + step) % len(self.state.previews))

    def choose_candidate(self, index: int) -> None:
        """Show the candidate at this place of `state.previews`."""
        if 0 <= index < len(self.state.previews):
            self._show(chosen=index)

    def set_options(self, options: messages.MaskOptions) -> None:
        """Finish masks by these options from now on; the shown one is made anew."""
        if options != self._options:
            self._options = options
            self._ask(keep_candidate=True)

    @property
    def options(self) -> messages.MaskOptions:
        """The mask options in use."""
        return self._options

    def set_view(self, view: Optional[View]) -> None:
        """Make previews for this part of the image and this raster; None is the whole picture."""
        if view != self._view:
            self._view = view
            self._ask(keep_candidate=True)

    def hover(self, x: Optional[float], y: Optional[float] = None) -> None:
        """Show what a click there would select; None ends it. The newest position wins, one decode is in flight."""
        if x is None or y is None:
            self._hover_wanted = None
            if self.state.hover is not None:
                self._show(hover=None)
            return
        self._hover_wanted = Point(x, y)
        self._ask_hover()

    def apply(self, applied: Applied) -> None:
        """Make the shown mask at full size and hand it to `applied`, or the error; nothing else changes."""
        preview = self.state.preview
        if preview is None or self._picture is None or self._applying is not None:
            why = MaskwrightError("request.prompt", "There is no mask yet: click the object first.")
            applied(None, why)
            return
        self._applied = applied
        request = messages.Apply(**self._prompted(self._history.now), candidate=preview.candidate)
        self._with_mask(request, self._send_apply)
        self._show()

    def retry(self) -> None:
        """Try again after a failure."""
        self._recoveries.clear()
        if self._picture is not None and self.state.phase is not Phase.CLOSED:
            self._open()

    def close(self) -> None:
        """End the session; the listener is not called again."""
        self._cancel_all()
        if self._image:
            self._backend.request(messages.ImageForget(self._image), _ignore)
        self._image = ""
        self.state = self.state._replace(phase=Phase.CLOSED, busy=False)
        self._listener = _ignore

    # Opening: put, then encode.

    def _open(self) -> None:
        picture = self._picture
        if picture is None:
            return
        self._cancel_all()
        self._image = ""
        self._show(phase=Phase.CONNECTING, progress=None, message="", hover=None)
        self._opening = self._backend.put_image(
            picture.bounds.width,
            picture.bounds.height,
            picture.channels,
            picture.data,
            self._on_put,
            self._on_sending,
        )

    def _on_sending(self, fraction: float) -> None:
        self._show(phase=Phase.SENDING, progress=fraction)

    def _on_put(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None:
            self._failed(error)
            return
        self._image = reply.image
        self._show(phase=Phase.ENCODING, progress=None)
        request = messages.Encode(self._image, self._model())
        self._opening = self._backend.request(request, self._on_encoded, self._on_encoding)

    def _on_encoding(self, progress: messages.Progress) -> None:
        self._show(phase=Phase.ENCODING, progress=progress.fraction)

    def _on_encoded(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if error is not None:
            self._failed(error)
            return
        self._opening = None
        self._show(phase=Phase.READY, progress=None)
        self._ask()
        if self._applied is not None:
            self.apply(self._applied)

    # Asking for masks.

    def _change(self, prompts: Prompts) -> None:
        self._history.change(prompts)
        self._ask()

    def _moved(self, moved: bool) -> bool:
        if moved:
            self._ask()
        return moved

    def _ask(self, *, keep_candidate: bool = False) -> None:
        prompts = self._history.now
        self._generation += 1
        if prompts.is_empty:
            self._drop("_asking")
            self._show(previews=(), chosen=0, message="")
            return
        self._drop("_hovering")
        if self.state.phase is Phase.READY:
            self._send_segment(prompts, keep_candidate=keep_candidate)
        self._show(hover=None)

    def _send_segment(self, prompts: Prompts, *, keep_candidate: bool) -> None:
        shown = self.state.preview.candidate if self.state.preview else None
        request = messages.Segment(
            **self._prompted(prompts),
            candidate=shown if keep_candidate else None,
            previous=shown,
            generation=self._generation,
            view=self._picture_view(),
            all_candidates=True,
        )
        self._with_mask(request, self._ask_now)

    def _ask_now(self, request: messages.Segment) -> None:
        if request.generation == self._generation:
            self._asking = self._backend.request(request, self._on_masks)
            self._show()

    def _on_masks(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if isinstance(error, Cancelled):
            return
        self._asking = None
        if error is not None:
            self._refused(error)
            return
        if reply.generation != self._generation:
            return
        shown = self._previews(reply)
        ordered = tuple(sorted(shown, key=lambda preview: preview.candidate))
        self._show(previews=ordered, chosen=ordered.index(shown[0]), message="")
        self._ask_hover()

    def _ask_hover(self) -> None:
        free = self._asking is None and self._hovering is None and self._applying is None
        if self._hover_wanted is None or self.state.phase is not Phase.READY or not free:
            return
        point, self._hover_wanted = self._hover_wanted, None
        now = self._history.now
        prompts = now._replace(points=(*now.points, point))
        shown = self.state.preview.candidate if self.state.preview else None
        request = messages.Segment(
            **self._prompted(prompts), previous=shown, generation=self._generation, view=self._picture_view()
        )
        self._with_mask(request, self._hover_now)

    def _hover_now(self, request: messages.Segment) -> None:
        if request.generation == self._generation:
            self._hovering = self._backend.request(request, self._on_hover)

    def _on_hover(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        if isinstance(error, Cancelled):
            return
        self._hovering = None
        if error is None and reply.generation == self._generation:
            self._show(hover=self._previews(reply)[0])
        elif isinstance(error, ConnectionFailed):
            self._failed(error)
        self._ask_hover()

    def _send_apply(self, request: messages.Apply) -> None:
        self._applying = self._backend.request(request, self._on_applied)
        self._show()

    def _on_applied(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        self._applying = None
        if isinstance(error, (ConnectionFailed, ImageError)) and self._may_recover():
            self._failed(error)  # opening anew ends by applying, since `_applied` is still set
            return
        applied, self._applied = self._applied, None
        self._show()
        if applied is None:
            return
        if error is not None:
            applied(None, error)
            return
        info = reply.masks[0]
        applied(Mask(self._to_image(info.bounds), b"".join(reply.alpha)), None)

    # A mask prompt travels once, as a GRAY image of its own.

    def _with_mask(self, request: Any, send: Callable[[Any], None]) -> None:
        mask = self._history.now.mask
        if mask is None or mask.bounds.is_empty:
            send(request)
            return
        corner = self._from_image(mask.bounds)

        def sent(reply: Any, error: Optional[MaskwrightError]) -> None:
            if error is not None:
                self._refused(error)
                return
            prompt = messages.MaskPrompt(reply.image, corner.x, corner.y)
            send(_replaced(request, mask=prompt))

        bounds = mask.bounds
        self._backend.put_image(bounds.width, bounds.height, "GRAY", mask.alpha, sent, keep=True)

    # Failures.

    def _refused(self, error: MaskwrightError) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, (ConnectionFailed, ImageError)):
            self._failed(error)
        else:
            self._show(message=error.message)

    def _failed(self, error: MaskwrightError) -> None:
        if isinstance(error, Cancelled):
            return
        lost = error.code in ("connection.lost", "connection.timeout", "image.unknown", "daemon.stopping")
        if lost and self._may_recover():
            self._recoveries.append(time.monotonic())
            self._open()
            return
        self._cancel_all()
        self._show(phase=Phase.FAILED, message=error.message, progress=None)
        applied, self._applied = self._applied, None
        if applied is not None:
            applied(None, error)

    def _may_recover(self) -> bool:
        now = time.monotonic()
        self._recoveries = [at for at in self._recoveries if now - at < RECOVERY_WINDOW]
        return len(self._recoveries) < RECOVERIES

    # Small things.

    def _model(self) -> str:
        return self.state.model or self._backend.default_model

    def _prompted(self, prompts: Prompts) -> Any:
        dx, dy = self._offset()
        points = tuple(Point(p.x - dx, p.y - dy, p.foreground) for p in prompts.points)
        box = prompts.box
        if box is not None:
            box = Box(box.x0 - dx, box.y0 - dy, box.x1 - dx, box.y1 - dy)
        return {
            "image": self._image,
            "model": self._model(),
            "points": points,
            "box": box,
            "options": self._options,
        }

    def _offset(self) -> Tuple[int, int]:
        bounds = self._picture.bounds if self._picture is not None else Bounds(0, 0, 0, 0)
        return bounds.x, bounds.y

    def _from_image(self, bounds: Bounds) -> Bounds:
        dx, dy = self._offset()
        return bounds.moved(-dx, -dy)

    def _to_image(self, bounds: Bounds) -> Bounds:
        dx, dy = self._offset()
        return bounds.moved(dx, dy)

    def _picture_view(self) -> View:
        """Return the wanted view in the coordinates of the picture that the daemon has."""
        assert self._picture is not None  # noqa: S101 - only asked for once there is one
        bounds = self._picture.bounds
        if self._view is None:
            return View.whole(bounds.width, bounds.height, PREVIEW_SIDE)
        return self._view._replace(x=self._view.x - bounds.x, y=self._view.y - bounds.y)

    def _previews(self, reply: messages.Masks) -> List[Preview]:
        view = self._picture_view()
        dx, dy = self._offset()
        frames = list(reply.alpha)
        previews = []
        for info in reply.masks:
            mine, frames = frames[: info.frames], frames[info.frames :]
            previews.append(
                Preview(
                    view._replace(x=view.x + dx, y=view.y + dy),
                    info.bounds,
                    b"".join(mine),
                    info.candidate,
                    info.score,
                    info.stability,
                    info.area,
                )
            )
        return previews

    def _drop(self, *names: str) -> None:
        for name in names:
            ticket = getattr(self, name)
            setattr(self, name, None)
            if ticket is not None:
                ticket.cancel()

    def _cancel_all(self) -> None:
        self._drop("_opening", "_asking", "_hovering", "_applying")

    def _show(self, **changes: Any) -> None:
        busy = self._asking is not None or self._applying is not None
        self.state = self.state._replace(
            **{"busy": busy, "prompts": self._history.now, "can_undo": self._history.can_undo, **changes}
        )
        self._listener(self.state)


def _replaced(request: Any, **changes: Any) -> Any:
    import dataclasses

    return dataclasses.replace(request, **changes)


def _ignore(*_: Any) -> None:
    return None
