# SPDX-License-Identifier: GPL-3.0-or-later
"""From stored pixels and prompts to masks: the models that are loaded, and what they have computed.

Methods that take a job run in a lane; the others never wait for one.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from maskwright_shared import messages as m
from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Bounds, Point, View

from ..finishing.finish import FinishedMask, finish
from ..imaging.layouts import as_pixels, to_rgb
from ..imaging.look import Look
from ..imaging.stored import StoredImage
from ..models.embedding import Geometry, ImageEmbedding
from ..models.masks import mask_to_logits
from ..models.model import Model
from ..models.prompts import ModelPrompts
from ..models.registry import Registry
from ..models.sessions import SessionSettings
from ..preferences import Preferences
from ..settings import Settings
from ..store.progress import Task
from ..store.quarantine import Quarantine
from ..store.store import Store
from . import answers
from .closer import mask_extent, outwards, window_for
from .decoding import Decoded, Decoding, Ground
from .embeddings import Cache, EmbeddingKey
from .everything import find_objects
from .jobs import Job
from .kept_embeddings import KeptEmbeddings, kept_key
from .limits import check_view
from .loaded_models import LoadedModels, Place
from .preparing import Preparing

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREVIEW_SIDE = 2048
WARMING_RUNS = 2
"""So many took about 1.4 times the processor time of the later ones with the built-in model."""


WORTH_KEEPING = 0.2
"""Seconds of encoding; what takes less, as with the built-in model, is as quickly made as read."""


class Encoded(NamedTuple):
    """What an encoding came to; `seconds` is 0 where the embedding was there before."""

    cached: bool
    seconds: float
    provider: str


class Engine:
    """Models, image embeddings and decoded prompts, shared by all clients."""

    def __init__(
        self, settings: Settings, models: Path, preferences: Preferences, quarantine: Quarantine
    ) -> None:
        self._registry = Registry(models)
        self._prepared = models.parent / "cache" / "prepared" if settings.prepare else None
        self._preparing = Preparing(self._prepared) if self._prepared else None
        self._threads = settings.thread_count
        self._models = LoadedModels(self._registry, self._load_sessions, settings.model_idle, quarantine)
        self.store = Store(
            models, self._registry, preferences, self._threads, self._models.unload, quarantine=quarantine
        )
        self._preferences = preferences
        self._embeddings: Cache[EmbeddingKey, ImageEmbedding] = Cache(settings.embedding_budget)
        self._kept = KeptEmbeddings(models.parent / "cache" / "embeddings", settings.embedding_disk)
        self._looks_closer = bool(settings.closer_look)
        self._decoding = Decoding()
        cv2.setNumThreads(
            1
        )  # the lanes are the threads; OpenCV's own would fight ONNX Runtime's for the processors
        self._pace: dict[str, float] = {}

    # Models.

    @property
    def default_model(self) -> str:
        """The id of the model that clients get when they name none."""
        return self._preferences.default_model

    def models(self, *, available: bool = False) -> m.Models:
        """Return the reply that lists all models, with `available` those that could be had as well."""
        return m.Models(self.default_model, self.store.listing(available=available))

    def load(self, model_id: str, job: Job) -> None:
        """Load a model that will be needed soon.

        Raises:
            ModelError: `model.unknown`, `model.broken`, `model.contract`.
        """
        with self._models.lend(model_id, job):
            pass

    def _load_sessions(self, model: Model, job: Job) -> None:
        def settings(providers: tuple[str, ...]) -> SessionSettings:
            return SessionSettings(self._threads, providers, self._prepared)

        self.store.load(model, settings, Task(job.check))

    def unload(self, model_id: str) -> None:
        """Give a model's memory back; work under way with it ends first."""
        self._models.unload(model_id)

    def unload_idle(self) -> None:
        """Unload the models that nobody used for a while."""
        self._models.unload_idle()

    # Encoding.

    def cached(self, look: Look, model_id: str) -> Encoded | None:
        """Return what Encode answers when the image embedding is there already, else None."""
        model = self._models.find(model_id)
        if self._embeddings.get(_key(look, model)) is None:
            return None
        return Encoded(cached=True, seconds=0.0, provider=model.provider)

    def expected_seconds(self, model_id: str) -> float | None:
        """Return how long this model took to encode an image of late, None before the first."""
        return self._pace.get(model_id)

    def encode(self, job: Job, look: Look, model_id: str) -> Encoded:
        """Make the image embedding and keep it."""
        with self._models.lend(model_id, job) as place:
            return self._encode(job, look, place)

    def _encode(self, job: Job, look: Look, place: Place) -> Encoded:
        model = place.model
        if self._embeddings.get(_key(look, model)) is not None:
            return Encoded(cached=True, seconds=0.0, provider=model.provider)
        key = kept_key(look.name, model, look.size)
        known = self._kept.get(key)
        started = time.monotonic()
        embedding = None if known is None else model.embedding_of(known, *look.size)
        cached = embedding is not None
        if embedding is None:
            embedding = model.encode(to_rgb(look.pixels, look.image.channels), job.run_options())
        seconds = time.monotonic() - started
        self._embeddings.put(_key(look, model), embedding)
        if not cached:
            self._pace[model.id] = seconds
            self.store.figures.used(model.id, model.provider, encoder_ms=1000 * seconds)
            if seconds > WORTH_KEEPING:
                self._kept.put(key, embedding.tensors)
        if not place.warm:  # a decoder's first runs are slow, and better done here than at the first clicks
            middle = Point(look.size[0] / 2, look.size[1] / 2)
            for _ in range(WARMING_RUNS):
                model.decode(embedding, ModelPrompts((middle,)), job.run_options())
            place.warm = True
            if self._preparing is not None:
                self._preparing.look_at(model)
        return Encoded(cached=cached, seconds=0.0 if cached else seconds, provider=model.provider)

    # Decoding.

    def segment(self, job: Job, image: StoredImage, request: m.Segment, prior: StoredImage | None) -> m.Masks:
        """Return a preview: the chosen candidate, or all of them with the chosen one first."""
        view = request.view or View.whole(image.width, image.height, PREVIEW_SIDE)
        answer = self._looked(job, image, request, prior)
        wanted = [answer.chosen]
        if request.all_candidates:
            wanted += [k for k in range(len(answer.decoded.candidates.scores)) if k != answer.chosen]
        if request.view is not None:
            check_view(view, len(wanted))
        masks = [(k, _finish(job, answer, k, view=answer.look.view(view))) for k in wanted]
        closer = self._closer(answer, request)
        return answers.mask_reply(answer.decoded, masks, request.generation, closer)

    def apply(self, job: Job, image: StoredImage, request: m.Apply, prior: StoredImage | None) -> m.Masks:
        """Return the chosen candidate at the image's full size."""
        answer = self._looked(job, image, request, prior)
        wish = request.options.refine
        refine = answer.decoded.refines_edges if wish is None else wish
        mask = _finish(job, answer, answer.chosen, refine=refine)
        if not mask.bounds.is_empty:
            mask = mask._replace(bounds=mask.bounds.moved(answer.look.window.x, answer.look.window.y))
        mask = mask._replace(width=image.width, height=image.height)
        return answers.mask_reply(answer.decoded, [(answer.chosen, mask)])

    def everything(self, job: Job, image: StoredImage, request: m.Everything) -> m.ObjectMap:
        """Return the object map of the image."""
        with self._models.lend(request.model, job) as place:
            embedding = self._embedding(job, Look.at(image), place)
            labels = find_objects(place.model, embedding, request.points_per_side, job)
        return answers.object_map_reply(labels)

    def status(self) -> dict[str, Any]:
        """Return what is loaded and kept, for a status report."""
        return {
            "embeddings": len(self._embeddings),
            "embedding_bytes": self._embeddings.nbytes,
            "loaded": self._models.names,
            "provider": self._preferences.provider,
            "quarantined": [*self.store.providers.quarantined(), *self.store.quarantined().values()],
        }

    def _embedding(self, job: Job, look: Look, place: Place) -> ImageEmbedding:
        key = _key(look, place.model)
        embedding = self._embeddings.get(key)
        while embedding is None:  # forgotten between Encode and now
            self._encode(job, look, place)
            embedding = self._embeddings.get(key)
        return embedding

    def _looked(
        self, job: Job, image: StoredImage, request: m.Prompted, prior: StoredImage | None
    ) -> _Answer:
        """Decode on the request's window, or on the whole picture where the window cuts the object off."""
        look = Look.at(image, request.window)
        answer = self._decode(job, look, request, prior)
        if look.is_whole:
            return answer
        extent = mask_extent(answer.decoded.candidates.logits[answer.chosen], answer.geometry)
        if extent is not None and not look.touches_side(outwards(extent)):
            return answer
        return self._decode(job, Look.at(image), request, prior)

    def _decode(self, job: Job, look: Look, request: m.Prompted, prior: StoredImage | None) -> _Answer:
        local = dataclasses.replace(request, points=look.points(request.points), box=look.box(request.box))
        if not (local.points or local.box or local.mask or local.feedback):
            raise RequestError("request.window", "No prompt lies in the window: leave the window out.")
        with self._models.lend(request.model, job) as place:
            embedding = self._embedding(job, look, place)
            ground = Ground((_key(look, place.model), request.mask, request.feedback), place.model, embedding)
            mask_input = self._mask_input(look, local, prior, embedding)
            decoded, chosen = self._decoding.decode(job, ground, local, mask_input)
            self.store.figures.used(place.model.id, decoded.provider, click_ms=decoded.milliseconds)
            return _Answer(look, local, embedding.geometry, decoded, chosen)

    def _closer(self, answer: _Answer, request: m.Segment) -> Bounds | None:
        """Return the window of a look that would show more, when the request was about the whole picture."""
        if not self._looks_closer or request.window is not None or request.feedback is not None:
            return None
        logits = answer.decoded.candidates.logits[answer.chosen]
        return window_for(logits, answer.geometry, request.points, request.box, request.view)

    def _mask_input(
        self, look: Look, request: m.Prompted, prior: StoredImage | None, embedding: ImageEmbedding
    ) -> NDArray[np.float32] | None:
        if request.feedback is not None:
            return self._decoding.logits(request.feedback)
        if prior is not None and request.mask is not None:
            return mask_to_logits(_placed(prior, request.mask, look), embedding.geometry)
        return None


class _Answer(NamedTuple):
    """What a decoder gave on a look at the picture, for a request in the look's own coordinates."""

    look: Look
    request: m.Prompted
    geometry: Geometry
    decoded: Decoded
    chosen: int


def _finish(
    job: Job, answer: _Answer, index: int, *, view: View | None = None, refine: bool = False
) -> FinishedMask:
    """Return one candidate's mask for a view, or at the look's full size without one; in the look's coordinates."""
    job.check()
    candidates, look = answer.decoded.candidates, answer.look
    return finish(
        candidates.logits[index],
        candidates.placement,
        look.size,
        answer.request.options,
        points=answer.request.points,
        view=view,
        pixels=look.pixels,
        channels=look.image.channels,
        refine=refine,
        cancelled=lambda: job.is_cancelled,
    )


def _key(look: Look, model: Model) -> EmbeddingKey:
    return EmbeddingKey(look.name, model, model.preprocessing_version)


def _placed(prior: StoredImage, prompt: m.MaskPrompt, look: Look) -> NDArray[np.uint8]:
    """Return the mask prompt as alpha of the look's size; what lies outside is cut off."""
    if prior.channels != "GRAY":
        raise RequestError("request.mask", "A mask prompt must be an image with the one channel GRAY.")
    width, height = look.size
    x, y = prompt.x - look.window.x, prompt.y - look.window.y
    alpha = np.zeros((height, width), np.uint8)
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + prior.width), min(height, y + prior.height)
    if left < right and top < bottom:
        alpha[top:bottom, left:right] = as_pixels(prior)[top - y : bottom - y, left - x : right - x, 0]
    return alpha
