# SPDX-License-Identifier: GPL-3.0-or-later
"""The two halves of a decoder as sessions: compared with the whole, and measured."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maskwright_shared.errors import ModelError
from maskwright_shared.geometry import Point

from .channel_means import with_means_as_convolutions
from .embedding import Geometry
from .feed import prompt_tensors
from .prompts import ModelPrompts
from .protobuf import MalformedError
from .sessions import Session, native_errors
from .splitting import Split, simplified, split, with_constants, with_fixed_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from .family import Family
    from .sessions import Array, RunOptions, SessionSettings

log = logging.getLogger(__name__)

MOST_DIFFERENCE = 1e-4
"""In the logits. The cut itself changes nothing; means over channels are summed in another order (about 1e-5)."""

LEAST_GAIN = 0.92
"""A click must take at most so much of the whole decoder's time, or the cut is not worth its memory."""

COUNTS = (1, 2, 5)
"""The numbers of points that decoders are tried with."""

ROUNDS = 7


@dataclass(frozen=True)
class Halves:
    """What the picture decides (`prelude`, run once for each), and what a click does (`last`)."""

    prelude: Session
    last: Session
    frontier: tuple[str, ...]

    def shared(self, embedding: Mapping[str, Array], run: RunOptions | None = None) -> dict[str, Array]:
        """Return what all clicks on an image share."""
        return self.prelude.run(_for(self.prelude, embedding), run, self.frontier)

    def click(
        self,
        embedding: Mapping[str, Array],
        shared: Mapping[str, Array],
        prompts: Mapping[str, Array],
        run: RunOptions | None,
        wanted: Sequence[str],
    ) -> dict[str, Array]:
        """Return the wanted outputs for prompts without a mask."""
        return self.last.run(_for(self.last, {**embedding, **prompts, **shared}), run, wanted)


def opened(cut: Split, path: Path, settings: SessionSettings) -> Halves | None:
    """Return the sessions of a decoder's halves; None where ONNX Runtime refuses what was kept."""
    try:
        prelude = Session(path, settings, arena=False, graph=cut.prelude)
        return Halves(prelude, Session(path, settings, arena=True, graph=cut.click), cut.frontier)
    except ModelError as error:
        log.info("%s is used uncut: %s", path, error)
        return None


class Trial:
    """Whether one decoder is worth cutting, for prompts with a mask or without; `wanted` are the outputs read."""

    def __init__(self, whole: Session, family: Family, wanted: Sequence[str], *, masked: bool) -> None:
        self._whole = whole
        self._family = family
        self._wanted = list(wanted)
        self._masked = masked

    def halves_of(self, graph: bytes | None, settings: SessionSettings) -> Split | None:
        """Cut `graph`, compare the halves with the whole, and measure; None where it cannot be done or brings nothing.

        Best with one thread and in a process that does nothing else: the processor's time is what counts.
        """
        refusals: tuple[type[Exception], ...] = (*native_errors(), MalformedError)
        try:
            cut = None if graph is None else self._cut(graph)
        except refusals as error:
            log.info("%s cannot be cut: %s", self._whole.path, error)
            return None
        halves = None if cut is None else opened(cut, self._whole.path, settings)
        return cut if halves is not None and self._is_worth_it(halves) else None

    def _cut(self, graph: bytes) -> Split | None:
        given = _prompts(self._family, 1, masked=self._masked)
        inputs = self._family.inputs
        fixed = (
            () if self._masked else tuple(name for name in (inputs.mask, inputs.has_mask) if name is not None)
        )
        embedding = _embedding(self._whole, self._family, np.zeros)
        feeds = [
            {name: value for name, value in {**embedding, **prompts}.items() if name not in fixed}
            for prompts in (_prompts(self._family, count, masked=self._masked) for count in COUNTS)
        ]
        plain = simplified(with_constants(graph, {name: given[name] for name in fixed}))
        return split(with_means_as_convolutions(simplified(with_fixed_shapes(plain, feeds))), set(given))

    def _is_worth_it(self, halves: Halves) -> bool:
        """Compare the halves with the whole decoder on a made-up embedding: the numbers, then the time of a click."""
        random = np.random.default_rng(0)
        embedding = _embedding(
            self._whole, self._family, lambda shape, dtype: np.asarray(random.normal(size=shape), dtype)
        )
        shared = halves.shared(embedding)

        def whole(prompts: Mapping[str, Array]) -> dict[str, Array]:
            return self._whole.run({**embedding, **prompts}, None, self._wanted)

        def cut(prompts: Mapping[str, Array]) -> dict[str, Array]:
            return halves.click(embedding, shared, prompts, None, self._wanted)

        asked = [_prompts(self._family, count, masked=self._masked) for count in COUNTS]
        if not all(_agree(whole(prompts), cut(prompts)) for prompts in asked):
            log.warning("%s is used uncut: its halves give other masks than it does", self._whole.path)
            return False
        times = [(_seconds(whole, asked[1]), _seconds(cut, asked[1])) for _ in range(ROUNDS)]
        uncut, click = map(min, zip(*times, strict=True))
        log.info("%s: a click takes %.2f of the whole decoder's time", self._whole.path, click / uncut)
        return bool(click <= LEAST_GAIN * uncut)


def _agree(right: Mapping[str, Array], mine: Mapping[str, Array]) -> bool:
    close = (np.isclose(right[name], mine[name], 0.0, MOST_DIFFERENCE, equal_nan=True) for name in right)
    return all(bool(values.all()) for values in close)


def _seconds(call: Callable[[Mapping[str, Array]], object], prompts: Mapping[str, Array]) -> float:
    start = time.process_time()
    call(prompts)
    return time.process_time() - start


def _prompts(family: Family, count: int, *, masked: bool) -> dict[str, Array]:
    """Return the tensors of `count` clicks on a picture that fills the square, with a half-plane as mask or none."""
    side = family.preprocessing.side
    points = tuple(Point(side * (k + 1) / (count + 2), side / 2, k % 3 < 2) for k in range(count))
    mask = None
    if masked:
        mask = np.full((family.mask_side, family.mask_side), -4.0, np.float32)
        mask[:, : family.mask_side // 2] = 4.0
    geometry = Geometry(side, side, side, side, side)
    return prompt_tensors(family, geometry, ModelPrompts(points, mask_input=mask))


def _embedding(whole: Session, family: Family, make: Callable[..., Array]) -> dict[str, Array]:
    """Return an embedding of the shapes that the decoder declares; axes of unknown size are 1."""
    infos = {info.name: info for info in whole.inputs}
    return {
        tensor.name: make(
            tuple(size if isinstance(size, int) else 1 for size in infos[tensor.name].shape),
            infos[tensor.name].dtype,
        )
        for tensor in family.embedding
        if tensor.name in infos
    }


def _for(session: Session, tensors: Mapping[str, Array]) -> dict[str, Array]:
    return {info.name: tensors[info.name] for info in session.inputs}
