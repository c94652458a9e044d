# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's own steps in one process: encode, prompts one after another, the choice, the mask at full size."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maskwright_backend.engine.decoding import Decoding, Ground
from maskwright_backend.engine.jobs import Job
from maskwright_backend.finishing.finish import finish
from maskwright_backend.models.registry import BUILTIN_FOLDER, Registry
from maskwright_backend.models.sessions import SessionSettings
from maskwright_shared.geometry import Box, Point
from maskwright_shared.messages import MaskOptions, Segment

from .clicks import Click, Mask


class Pipeline:
    """One model on one thread, and one picture after another."""

    def __init__(self, folder: Path = BUILTIN_FOLDER) -> None:
        """Load the model in a folder; the one that ships without."""
        self._model = Registry(Path("nowhere"), folder).list()[0].model
        if self._model is None:
            raise ValueError(f"There is no usable model in {folder}.")
        self._model.load(SessionSettings(threads=1))
        self._decoding, self._keys = Decoding(), itertools.count()
        self._ground: Ground | None = None
        self.seconds: list[float] = []

    def see(self, rgb: npt.NDArray[np.uint8]) -> None:
        """Encode a picture; prompts are about it from now on."""
        self._rgb = rgb
        self._ground = Ground(next(self._keys), self._model, self._model.encode(rgb))

    def answers(self, clicks: Sequence[Click], box: Sequence[float] | None = None) -> list[Mask]:
        """Give the masks of all candidates for clicks in pixels and a box, the one that is shown first."""
        points = tuple(Point(x, y, label == 1) for x, y, label in clicks)
        request = Segment(
            image="picture", model="model", points=points, box=None if box is None else Box(*map(float, box))
        )
        start = time.perf_counter()
        decoded, chosen = self._decoding.decode(_job(), self._ground, request, None)
        self.seconds.append(time.perf_counter() - start)
        order = [chosen, *(index for index in range(len(decoded.candidates.scores)) if index != chosen)]
        size = (self._rgb.shape[1], self._rgb.shape[0])
        return [self._full(decoded.candidates, index, size, points) for index in order]

    def _full(self, candidates, index: int, size: tuple[int, int], points: tuple[Point, ...]) -> Mask:  # noqa: ANN001
        made = finish(
            candidates.logits[index],
            candidates.placement,
            size,
            MaskOptions(),
            points,
            pixels=self._rgb,
            refine=self._model.refines_edges,
        )
        mask = np.zeros((size[1], size[0]), bool)
        bounds = made.bounds
        mask[bounds.y : bounds.y + bounds.height, bounds.x : bounds.x + bounds.width] = made.alpha > 127
        return mask


def _job() -> Job:
    """Make a job that nobody waits for."""
    return Job(None, lambda job: job, lambda _result, _error: None)
