# SPDX-License-Identifier: GPL-3.0-or-later
"""A model: a folder with two graphs and a card, its family's rules, and the sessions once they are loaded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maskwright_shared.errors import ModelError

from .candidates import Candidates, placement_of
from .contract import Binding, bind, check_result
from .decoder import Decoder
from .embedding import Geometry, ImageEmbedding
from .feed import prompt_tensors
from .outputs import masks_of, scores_of
from .recognise import signature_of
from .sessions import Array, RunOptions, Session, SessionSettings
from .sides import with_side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from .card import Card
    from .family import Family
    from .prompts import ModelPrompts


LEAST_OBJECT_SCORE = 0.7
FEW_POINTS = 16
"""What a decoder needs grows with the points; beyond these its memory is not kept for the next click."""


@dataclass(frozen=True)
class _Loaded:
    encoder: Session
    decoder: Decoder
    binding: Binding


class Model:
    """A model that can be loaded; one thread at a time loads, unloads and runs it."""

    def __init__(self, card: Card, family: Family, encoder: Path, decoder: Path) -> None:
        """Name the model's parts; nothing is read before `load`."""
        self.card = card
        self.family = family
        self._encoder_path = encoder
        self._decoder_path = decoder
        self._loaded: _Loaded | None = None
        self._version = (
            f"{family.name}-{family.preprocessing.version}"  # a pair's own side goes with its files
        )

    @property
    def id(self) -> str:
        """The model's name for programs."""
        return self.card.id

    @property
    def paths(self) -> tuple[Path, Path]:
        """The encoder's and the decoder's file."""
        return self._encoder_path, self._decoder_path

    @property
    def chains_prompts(self) -> bool:
        """Whether each click is best given with the mask of the clicks before, by its family or its card."""
        return self.family.chained or self.card.details.get("prompting") == "chained"

    @property
    def refines_edges(self) -> bool:
        """Whether masks at full size follow the image's pixels unless the user says otherwise, by the card's word."""
        return self.card.details.get("refine") is True

    @property
    def least_object_score(self) -> float:
        """The predicted IoU from which a candidate counts as an object; scores are not the same scale for all."""
        value = self.card.details.get("least_object_score", LEAST_OBJECT_SCORE)
        return float(value) if isinstance(value, (int, float)) else LEAST_OBJECT_SCORE

    @property
    def preprocessing_version(self) -> str:
        """What must agree for an image embedding of the same pixels to be still valid."""
        return self._version

    @property
    def is_loaded(self) -> bool:
        """Whether the sessions are in memory."""
        return self._loaded is not None

    @property
    def provider(self) -> str:
        """The execution provider that really runs the encoder; empty while nothing is loaded."""
        return self._loaded.encoder.provider if self._loaded else ""

    def load(self, settings: SessionSettings) -> None:
        """Make both sessions and check them against the family's contract; nothing happens when they are there.

        Raises:
            ModelError: `model.broken` for files that cannot be loaded, `model.contract` for a tensor that does
                not fit.
        """
        if self._loaded is not None:
            return
        encoder = Session(self._encoder_path, settings, arena=False)
        decoder = Decoder(self._decoder_path, settings, self.family)
        signature = signature_of(encoder, decoder)
        self.family = with_side(self.family, signature)
        binding = bind(self.family, signature)
        decoder.take_halves()
        self._loaded = _Loaded(encoder, decoder, binding)

    @property
    def wanted_halves(self) -> tuple[str, ...]:
        """The decoder's outputs that are read, as long as nobody tried on this machine to cut it; else none."""
        loaded = self._loaded
        if loaded is None or not loaded.decoder.is_undecided:
            return ()
        return tuple(tensor.name for tensor in (loaded.binding.logits, *self.family.outputs))

    def take_halves(self) -> None:
        """Use what was prepared of the decoder since it was loaded; a click under way is not disturbed."""
        loaded = self._loaded
        if loaded is not None:
            loaded.decoder.take_halves()

    def unload(self) -> None:
        """Give the sessions' memory back; image embeddings made with them stay valid."""
        self._loaded = None

    def encode(self, rgb: npt.NDArray[np.uint8], run: RunOptions | None = None) -> ImageEmbedding:
        """Return the image embedding of (H, W, 3) 8-bit sRGB pixels.

        Raises:
            Cancelled: when `run` was ended by another thread.
            ModelError: when the model is not loaded, fails, or returns what its contract does not say.
        """
        loaded = self._need_loaded()
        geometry = self._geometry(rgb.shape[1], rgb.shape[0])
        outputs = loaded.encoder.run({loaded.binding.image: self.family.preprocessing.apply(rgb)}, run)
        pairs = zip(self.family.embedding, loaded.binding.embedding, strict=True)
        tensors = {tensor.name: outputs[name] for tensor, name in pairs}
        check_result(self.family, "encoder", self.family.embedding, tensors)
        embedding = ImageEmbedding(tensors, geometry)
        loaded.decoder.prepare(embedding, run)
        return embedding

    def embedding_of(self, tensors: Mapping[str, Array], width: int, height: int) -> ImageEmbedding | None:
        """Return an image's embedding from tensors that `encode` gave before; None where they do not fit the model.

        Raises:
            Cancelled, ModelError: as `encode`.
        """
        loaded = self._need_loaded()
        if not {tensor.name for tensor in self.family.embedding} <= set(tensors):
            return None
        try:
            check_result(self.family, "encoder", self.family.embedding, tensors)
        except ModelError:
            return None
        embedding = ImageEmbedding(tensors, self._geometry(width, height))
        loaded.decoder.prepare(embedding)
        return embedding

    def decode(
        self, embedding: ImageEmbedding, prompts: ModelPrompts, run: RunOptions | None = None
    ) -> Candidates:
        """Return the candidates for prompts in image coordinates; errors as for `encode`."""
        loaded = self._need_loaded()
        run = run or RunOptions()
        run.gives_back = len(prompts.points) > FEW_POINTS
        read = (loaded.binding.logits, *self.family.outputs)
        feed = prompt_tensors(self.family, embedding.geometry, prompts)
        outputs = loaded.decoder.run(
            embedding, feed, run, [tensor.name for tensor in read], masked=_is_masked(self.family, feed)
        )
        check_result(self.family, "decoder", read, outputs)
        logits = masks_of(outputs[loaded.binding.logits.name])
        scores = scores_of([outputs[tensor.name] for tensor in self.family.outputs], len(logits))
        placement = placement_of(embedding.geometry, *logits.shape[1:])
        return Candidates(logits, scores, placement, self.family)

    def _need_loaded(self) -> _Loaded:
        if self._loaded is None:
            raise ModelError("model.unloaded", f"The model {self.card.name} is not loaded: load it first.")
        return self._loaded

    def _geometry(self, width: int, height: int) -> Geometry:
        preprocessing = self.family.preprocessing
        if self.family.prompt_side is not None:
            preprocessing = dataclasses.replace(preprocessing, side=self.family.prompt_side)
        return Geometry(width, height, *preprocessing.fitted_size(width, height), preprocessing.side)


def _is_masked(family: Family, feed: Mapping[str, Array]) -> bool:
    """Say whether prompt tensors hold a mask, whatever prompts they were made of."""
    inputs = family.inputs
    if inputs.has_mask is not None:
        return bool(feed[inputs.has_mask].any())
    return inputs.mask is not None and bool(feed[inputs.mask].any())
