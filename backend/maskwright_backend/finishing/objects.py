# SPDX-License-Identifier: GPL-3.0-or-later
"""The object map of "everything": many candidates' logits become one raster of object numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .axis import extents, used
from .raster import Raster
from .stability import stability
from .upscale import upscale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement

LEAST_SCORE, LEAST_STABILITY, MOST_OVERLAP = 0.7, 0.8, 0.7
"""Candidates below these are no objects; of two whose masks have a higher IoU than the last, one is a double."""

MOST_OBJECTS = 65_535


class _Object(NamedTuple):
    logits: NDArray[np.float32]
    mask: NDArray[np.bool_]
    samples: int
    area: float
    quality: tuple[float, float]


class ObjectMapper:
    """Collects candidates one by one, keeps the best of each double, and draws what is left.

    Memory goes with the number of different objects, not of candidates; the same candidates in the same order give
    the same map.
    """

    def __init__(
        self,
        placement: Placement,
        *,
        threshold: float = 0.0,
        least_score: float = LEAST_SCORE,
        least_stability: float = LEAST_STABILITY,
        most_overlap: float = MOST_OVERLAP,
    ) -> None:
        self._placement = placement
        self._threshold = threshold
        self._least_score, self._least_stability = least_score, least_stability
        self._most_overlap = most_overlap
        self._pixels = np.outer(extents(placement.y), extents(placement.x))
        self._objects: list[_Object] = []

    @property
    def count(self) -> int:
        """The number of different objects so far."""
        return min(len(self._objects), MOST_OBJECTS)

    def add(self, logits: NDArray[np.float32], score: float | None = None) -> bool:
        """Take a candidate, (h, w) float32 with its predicted IoU if there is one; return whether it was kept.

        A double replaces the ones before it only where it is better than all of them: by score, then stability.
        """
        steady = stability(logits, self._placement, self._threshold)
        if steady < self._least_stability or (score is not None and score < self._least_score):
            return False
        new = self._object(logits, (steady if score is None else score, steady))
        if not new.samples:
            return False
        doubles = [index for index, old in enumerate(self._objects) if self._is_double(old, new)]
        if any(self._objects[index].quality >= new.quality for index in doubles):
            return False
        for index in reversed(doubles):
            del self._objects[index]
        self._objects.append(new)
        return True

    def labels(self, columns: int, rows: int, image_size: tuple[int, int]) -> NDArray[np.uint16]:
        """Return the map, (rows, columns) uint16 over the whole image of (width, height): 0 none, 1 the largest.

        Smaller objects lie over larger ones.
        """
        width, height = image_size
        raster = Raster(0.0, 0.0, width / columns, height / rows, columns, rows)
        window = raster.within(width, height)
        out = np.zeros((rows, columns), np.uint16)
        largest_first = sorted(self._objects, key=lambda one: -one.area)[:MOST_OBJECTS]
        for number, one in enumerate(largest_first, 1):
            bounds, alpha, _ = upscale(one.logits, self._placement, raster, window, self._threshold)
            target = out[bounds.y : bounds.bottom, bounds.x : bounds.right]
            np.copyto(target, np.uint16(number), where=alpha.view(np.bool_))
        return out

    def _object(self, logits: NDArray[np.float32], quality: tuple[float, float]) -> _Object:
        mask = logits[: used(self._placement.y), : used(self._placement.x)] > self._threshold
        area = float(self._pixels[mask].sum())
        return _Object(logits.copy(), mask, int(np.count_nonzero(mask)), area, quality)

    def _is_double(self, old: _Object, new: _Object) -> bool:
        small, large = sorted((old.samples, new.samples))
        if small <= self._most_overlap * large:
            return False
        common = int(np.count_nonzero(old.mask & new.mask))
        return common > self._most_overlap * (small + large - common)
