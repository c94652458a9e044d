# SPDX-License-Identifier: GPL-3.0-or-later
"""From stored pixels and prompts to masks: the models that are loaded, and what they have computed.

Methods that take a job run in a lane; the others never wait for one.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from maskwright_shared import messages as m
from maskwright_shared.errors import RequestError
from maskwright_shared.geometry import Point, View

from ..finishing.finish import FinishedMask, finish
from ..imaging.layouts import as_pixels, to_rgb
from ..imaging.stored import StoredImage
from ..models.embedding import ImageEmbedding
from ..models.masks import mask_to_logits
from ..models.model import Model
from ..models.prompts import ModelPrompts
from ..models.registry import Registry
from ..models.sessions import SessionSettings
from ..preferences import Preferences
from ..settings import Settings
from ..store.progress import Task
from ..store.store import Store
from . import answers
from .decoding import Decoded, Decoding, Ground
from .embeddings import Cache, EmbeddingKey
from .everything import find_objects
from .jobs import Job
from .loaded_models import LoadedModels, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREVIEW_SIDE = 2048
WARMING_RUNS = 2
"""So many took about 1.4 times the processor time of the later ones with the built-in model."""


class Encoded(NamedTuple):
    """What an encoding came to; `seconds` is 0 where the embedding was there before."""

    cached: bool
    seconds: float
    provider: str


class Engine:
    """Models, image embeddings and decoded prompts, shared by all clients."""

    def __init__(self, settings: Settings, models: Path, preferences: Preferences) -> None:
        self._registry = Registry(models)
        self._threads = settings.thread_count
        self._models = LoadedModels(self._registry, self._load_sessions, settings.model_idle)
        self.store = Store(models, self._registry, preferences, self._threads, self._models.unload)
        self._preferences = preferences
        self._embeddings: Cache[EmbeddingKey, ImageEmbedding] = Cache(settings.embedding_budget)
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
            return SessionSettings(threads=self._threads, providers=providers)

        self.store.load(model, settings, Task(job.check))

    def unload(self, model_id: str) -> None:
        """Give a model's memory back; work under way with it ends first."""
        self._models.unload(model_id)

    def unload_idle(self) -> None:
        """Unload the models that nobody used for a while."""
        self._models.unload_idle()

    # Encoding.

    def cached(self, image: StoredImage, model_id: str) -> Encoded | None:
        """Return what Encode answers when the image embedding is there already, else None."""
        model = self._models.find(model_id)
        if self._embeddings.get(_key(image, model)) is None:
            return None
        return Encoded(cached=True, seconds=0.0, provider=model.provider)

    def expected_seconds(self, model_id: str) -> float | None:
        """Return how long this model took to encode an image of late, None before the first."""
        return self._pace.get(model_id)

    def encode(self, job: Job, image: StoredImage, model_id: str) -> Encoded:
        """Make the image embedding and keep it."""
        with self._models.lend(model_id, job) as place:
            return self._encode(job, image, place)

    def _encode(self, job: Job, image: StoredImage, place: Place) -> Encoded:
        model = place.model
        if self._embeddings.get(_key(image, model)) is not None:
            return Encoded(cached=True, seconds=0.0, provider=model.provider)
        started = time.monotonic()
        embedding = model.encode(to_rgb(as_pixels(image), image.channels), job.run_options())
        seconds = time.monotonic() - started
        self._embeddings.put(_key(image, model), embedding)
        self._pace[model.id] = seconds
        self.store.figures.used(model.id, model.provider, encoder_ms=1000 * seconds)
        if not place.warm:  # a decoder's first runs are slow, and better done here than at the first clicks
            middle = Point(image.width / 2, image.height / 2)
            for _ in range(WARMING_RUNS):
                model.decode(embedding, ModelPrompts((middle,)), job.run_options())
            place.warm = True
        return Encoded(cached=False, seconds=seconds, provider=model.provider)

    # Decoding.

    def segment(self, job: Job, image: StoredImage, request: m.Segment, prior: StoredImage | None) -> m.Masks:
        """Return a preview: the chosen candidate, or all of them with the chosen one first."""
        decoded, chosen = self._decode(job, image, request, prior)
        view = request.view or View.whole(image.width, image.height, PREVIEW_SIDE)
        wanted = [chosen]
        if request.all_candidates:
            wanted += [index for index in range(len(decoded.candidates.scores)) if index != chosen]
        masks = [(index, _finish(job, decoded, index, image, request, view=view)) for index in wanted]
        return answers.mask_reply(decoded, masks, request.generation)

    def apply(self, job: Job, image: StoredImage, request: m.Apply, prior: StoredImage | None) -> m.Masks:
        """Return the chosen candidate at the image's full size."""
        decoded, chosen = self._decode(job, image, request, prior)
        wish = request.options.refine
        refine = decoded.refines_edges if wish is None else wish
        mask = _finish(job, decoded, chosen, image, request, refine=refine)
        return answers.mask_reply(decoded, [(chosen, mask)])

    def everything(self, job: Job, image: StoredImage, request: m.Everything) -> m.ObjectMap:
        """Return the object map of the image."""
        with self._models.lend(request.model, job) as place:
            embedding = self._embedding(job, image, place)
            labels = find_objects(place.model, embedding, request.points_per_side, job)
        return answers.object_map_reply(labels)

    def status(self) -> dict[str, Any]:
        """Return what is loaded and kept, for a status report."""
        return {
            "embeddings": len(self._embeddings),
            "embedding_bytes": self._embeddings.nbytes,
            "loaded": self._models.names,
            "provider": self._preferences.provider,
            "quarantined": self.store.providers.quarantined(),
        }

    def _embedding(self, job: Job, image: StoredImage, place: Place) -> ImageEmbedding:
        key = _key(image, place.model)
        embedding = self._embeddings.get(key)
        while embedding is None:  # forgotten between Encode and now
            self._encode(job, image, place)
            embedding = self._embeddings.get(key)
        return embedding

    def _decode(
        self, job: Job, image: StoredImage, request: m.Prompted, prior: StoredImage | None
    ) -> tuple[Decoded, int]:
        with self._models.lend(request.model, job) as place:
            embedding = self._embedding(job, image, place)
            ground = Ground(
                (_key(image, place.model), request.mask, request.feedback), place.model, embedding
            )
            mask_input = self._mask_input(image, request, prior, embedding)
            decoded, chosen = self._decoding.decode(job, ground, request, mask_input)
            self.store.figures.used(place.model.id, decoded.provider, click_ms=decoded.milliseconds)
            return decoded, chosen

    def _mask_input(
        self, image: StoredImage, request: m.Prompted, prior: StoredImage | None, embedding: ImageEmbedding
    ) -> NDArray[np.float32] | None:
        if request.feedback is not None:
            return self._decoding.logits(request.feedback)
        if prior is not None and request.mask is not None:
            return mask_to_logits(_placed(prior, request.mask, image), embedding.geometry)
        return None


def _finish(
    job: Job,
    decoded: Decoded,
    index: int,
    image: StoredImage,
    request: m.Prompted,
    *,
    view: View | None = None,
    refine: bool = False,
) -> FinishedMask:
    """Return one candidate's mask for a view, or at full size without one."""
    job.check()
    return finish(
        decoded.candidates.logits[index],
        decoded.candidates.placement,
        (image.width, image.height),
        request.options,
        points=request.points,
        view=view,
        pixels=as_pixels(image),
        channels=image.channels,
        refine=refine,
        cancelled=lambda: job.is_cancelled,
    )


def _key(image: StoredImage, model: Model) -> EmbeddingKey:
    return EmbeddingKey(image.name, model, model.preprocessing_version)


def _placed(prior: StoredImage, prompt: m.MaskPrompt, image: StoredImage) -> NDArray[np.uint8]:
    """Return the mask prompt as alpha of the image's size; what lies outside the image is cut off."""
    if prior.channels != "GRAY":
        raise RequestError("request.mask", "A mask prompt must be an image with the one channel GRAY.")
    alpha = np.zeros((image.height, image.width), np.uint8)
    left, top = max(0, prompt.x), max(0, prompt.y)
    right, bottom = min(image.width, prompt.x + prior.width), min(image.height, prompt.y + prior.height)
    if left < right and top < bottom:
        crop = as_pixels(prior)[top - prompt.y : bottom - prompt.y, left - prompt.x : right - prompt.x, 0]
        alpha[top:bottom, left:right] = crop
    return alpha
