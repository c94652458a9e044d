# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts to candidates: what the decoder gave is kept, and some models are told one prompt after another.

A model whose card says `"prompting": "chained"` is best given each click together with its own mask of the
clicks before. So that a mask still depends on the prompts alone, and not on how fast they came, the earlier
clicks are decoded here first, in their order, when they were not before.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from maskwright_shared.errors import RequestError

from ..models.candidates import Candidates
from ..models.prompts import ModelPrompts
from ..settings import MIB
from .embeddings import Cache

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy as np
    from numpy.typing import NDArray

    from maskwright_shared.messages import Prompted

    from ..models.embedding import ImageEmbedding
    from ..models.model import Model
    from .jobs import Job

DECODED_BUDGET = 32 * MIB
FEEDBACK_BUDGET = 16 * MIB
MOST_CANDIDATES = 64
LONGEST_CHAIN = 12
"""So many clicks are given one after another; each later one together with all others and the mask of those."""


@dataclass(frozen=True)
class Decoded:
    """A decoder's answer to prompts.

    `refines_edges` is the model's wish for the full-size mask, `held` the candidate of the answer before that was
    fed back, if any.
    """

    number: int
    candidates: Candidates
    provider: str
    milliseconds: float
    refines_edges: bool
    held: int | None = None

    @property
    def nbytes(self) -> int:
        """The bytes of its logits."""
        return int(self.candidates.logits.nbytes)

    def mask_id(self, candidate: int) -> int:
        """Return the name of one candidate's logits."""
        return MOST_CANDIDATES * self.number + candidate


class Ground(NamedTuple):
    """What prompts are decoded on: `key` names the image, the model, and the mask that was given as prompt."""

    key: Hashable
    model: Model
    embedding: ImageEmbedding


class Decoding:
    """Runs decoders and remembers what they gave."""

    def __init__(self) -> None:
        self._decoded: Cache[Any, Decoded] = Cache(DECODED_BUDGET)
        self._feedback: Cache[int, NDArray[np.float32]] = Cache(FEEDBACK_BUDGET)
        self._numbers = itertools.count(1)

    def decode(
        self, job: Job, ground: Ground, request: Prompted, mask_input: NDArray[np.float32] | None
    ) -> tuple[Decoded, int]:
        """Return the answer to a request's prompts and the candidate to show; its logits can be fed back later.

        Raises:
            RequestError: `request.candidate` for one that the model does not have.
        """
        prompts = ModelPrompts(request.points, request.box, mask_input)
        chained = ground.model.chains_prompts and request.feedback is None
        previous = request.previous if chained else None
        decoded = self._answer(job, ground, prompts, previous, chained=chained)
        chosen = _choose(decoded, prompts, request)
        self._feedback.put(decoded.mask_id(chosen), decoded.candidates.feedback(chosen))
        return decoded, chosen

    def logits(self, mask_id: int) -> NDArray[np.float32]:
        """Return the logits of an earlier answer.

        Raises:
            RequestError: `request.feedback` when they are no longer known.
        """
        logits = self._feedback.get(mask_id)
        if logits is None:
            raise RequestError("request.feedback", "The earlier mask is no longer known: leave feedback out.")
        return logits

    def _answer(
        self, job: Job, ground: Ground, prompts: ModelPrompts, previous: int | None, *, chained: bool
    ) -> Decoded:
        key = (ground.key, prompts.points, prompts.box, previous, chained)
        decoded = self._decoded.get(key)
        if decoded is None:
            held = None
            earlier = _earlier(prompts) if chained else None
            if earlier is not None:
                before = self._answer(job, ground, earlier, None, chained=True)
                held = previous
                if held is None or held >= len(before.candidates.scores):
                    held = before.candidates.choose(earlier, before.held)
                prompts = dataclasses.replace(prompts, mask_input=before.candidates.feedback(held))
            decoded = self._run(job, ground, prompts, held)
            self._decoded.put(key, decoded)
        return decoded

    def _run(self, job: Job, ground: Ground, prompts: ModelPrompts, held: int | None) -> Decoded:
        started = time.perf_counter()
        candidates = ground.model.decode(ground.embedding, prompts, job.run_options())
        milliseconds = 1000 * (time.perf_counter() - started)
        model = ground.model
        return Decoded(
            next(self._numbers), candidates, model.provider, milliseconds, model.refines_edges, held
        )


def _earlier(prompts: ModelPrompts) -> ModelPrompts | None:
    """Return the prompts without the last point, or None where nothing but a mask would be left.

    What comes before must not depend on how many points come after, or it would have to be decoded again for each.
    """
    if not prompts.points or (len(prompts.points) == 1 and prompts.box is None):
        return None
    return dataclasses.replace(prompts, points=prompts.points[: min(len(prompts.points) - 1, LONGEST_CHAIN)])


def _choose(decoded: Decoded, prompts: ModelPrompts, request: Prompted) -> int:
    count = len(decoded.candidates.scores)
    if request.candidate is None:
        shown = request.previous if request.previous is not None else decoded.held
        return decoded.candidates.choose(prompts, shown)
    if request.candidate >= count:
        raise RequestError(
            "request.candidate", f"This model gives {count} candidates: choose one from 0 to {count - 1}."
        )
    return request.candidate
