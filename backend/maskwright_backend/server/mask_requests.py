# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that need an image embedding: encode, segment, apply, everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from maskwright_shared import messages as m
from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Bounds

from ..engine.holder import EngineHolder
from ..engine.jobs import Job, Lanes
from ..engine.limits import check_points, check_view
from ..imaging.look import Look
from ..imaging.stored import StoredImage
from .clients import Client, overtaken, withdrawn
from .desk import Desk
from .encodings import Encodings, Waiter
from .images import ImageStore

Then = Callable[[StoredImage, Any], None]


class MaskRequests:
    """One method for each message type."""

    def __init__(self, desk: Desk, store: ImageStore, encodings: Encodings, engines: EngineHolder) -> None:
        self._desk = desk
        self._store = store
        self._encodings = encodings
        self._engines = engines

    def encode(self, client: Client, id: int, encode: m.Encode) -> None:
        """Encode an image; what the slot was encoding is withdrawn after, so that the same image goes on."""

        def encoded(_: StoredImage, result: Any) -> None:
            self._desk.reply(client, id, m.Encoded(result.cached, result.seconds, result.provider))

        slot = client.slot(encode.slot)
        older, slot.encode = slot.encode, id
        self._with_embedding(client, id, encode.image, encode.model, encoded)
        if older is not None and older != id:
            client.withdraw(older, withdrawn())

    def segment(self, client: Client, id: int, segment: m.Segment) -> None:
        """Make a preview; older generations of the slot are withdrawn after this one has taken its place."""
        slot = client.slot(segment.slot)
        if segment.generation < slot.newest:
            raise overtaken()
        slot.newest = segment.generation
        older = [other for other, generation in slot.segments.items() if generation < segment.generation]
        slot.segments[id] = segment.generation
        if segment.view is not None:
            check_view(segment.view, 1)
        lanes = self._desk.preview_lanes
        self._prompted(client, id, segment, lambda engine, *given: engine.segment(*given), lanes)
        for other in older:
            client.withdraw(other, overtaken())

    def apply(self, client: Client, id: int, apply: m.Apply) -> None:
        """Make the mask at the image's full size."""
        lanes = self._desk.apply_lanes
        self._prompted(client, id, apply, lambda engine, *given: engine.apply(*given), lanes)

    def everything(self, client: Client, id: int, request: m.Everything) -> None:
        """Make the object map."""

        def decode(image: StoredImage, _: Any) -> None:
            def work(job: Job) -> m.Message:
                return self._engines.get().everything(job, image, request)

            self._desk.run(client, id, work, self._desk.map_lanes, request.model, [image])

        self._with_embedding(client, id, request.image, request.model, decode)

    def _prompted(
        self,
        client: Client,
        id: int,
        request: m.Prompted,
        answer: Callable[..., m.Message],
        lanes: Lanes,
    ) -> None:
        _check_prompts(request)
        prior = self._store.get(request.mask.image) if request.mask is not None else None

        def decode(image: StoredImage, _: Any) -> None:
            def work(job: Job) -> m.Message:
                return answer(self._engines.get(), job, image, request, prior)

            images = [image] if prior is None else [image, prior]
            self._desk.run(client, id, work, lanes, request.model, images)

        self._with_embedding(client, id, request.image, request.model, decode, request.window)

    def _with_embedding(
        self,
        client: Client,
        id: int,
        image_name: str,
        model: str,
        then: Then,
        window: Bounds | None = None,
    ) -> None:
        """Call `then(image, encoded)` once the image, or that window of it, is encoded: at once when it was before."""
        image = self._store.get(image_name)
        look = Look.at(image, window)
        engine = self._engines.ready
        cached = engine.cached(look, model) if engine is not None else None
        if cached is not None:
            then(image, cached)
            return

        def answered(result: Any, error: BaseException | None) -> None:
            client.pending.pop(id, None)
            if error is not None:
                self._desk.fail(client, id, error)
            elif not client.is_gone:
                then(image, result)

        waiter = Waiter(answered, lambda progress: self._desk.tell(client, id, progress))
        client.pending[id] = self._encodings.join(client.identity, look, model, waiter)


def _check_prompts(request: m.Prompted) -> None:
    if not request.points and request.box is None and request.mask is None and request.feedback is None:
        raise RequestError("request.prompt", "There is nothing to segment by: give a point, a box or a mask.")
    check_points(request)
    if request.mask is not None and request.feedback is not None:
        raise RequestError("request.prompt", "A mask and feedback exclude each other: give one of them.")
    if request.window is not None and request.feedback is not None:
        raise RequestError("request.prompt", "A window and feedback exclude each other: give one of them.")
