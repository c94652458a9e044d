# SPDX-License-Identifier: GPL-3.0-or-later
"""One axis of the way from logits to a raster: a chain of bilinear resizes as one banded linear operator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Steps = tuple[tuple[int, int], ...]


def sources(steps: Steps, positions: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return which samples of the logits, and with which weights, make the values at continuous positions.

    Args:
        steps: Resize steps (n_in, n_out), bilinear with align_corners off and no antialias; each next step uses
            the first n_in samples of the output before it.
        positions: n positions in the last step's output, pixel i having its centre at i + 0.5; positions outside
            take the value of the border.

    Returns:
        Indices and weights, both (n, 2 ** len(steps)); the weights of a row are not negative and sum to 1.

    """
    n_in, n_out = steps[-1]
    at = np.clip(positions * (n_in / n_out) - 0.5, 0, n_in - 1)
    low = np.minimum(at.astype(np.intp), max(n_in - 2, 0))
    high = np.minimum(low + 1, n_in - 1)
    fraction = at - low
    if len(steps) == 1:
        return np.stack([low, high], 1), np.stack([1 - fraction, fraction], 1)
    table, table_weights = sources(steps[:-1], np.arange(n_in) + 0.5)
    return (
        np.concatenate([table[low], table[high]], 1),
        np.concatenate(
            [table_weights[low] * (1 - fraction)[:, None], table_weights[high] * fraction[:, None]], 1
        ),
    )


def used(steps: Steps) -> int:
    """Return how many of the logits' samples, from the first on, have a part in the image (the rest is padding)."""
    count = steps[-1][0]
    for n_in, n_out in reversed(steps[:-1]):
        count = min(int((count - 0.5) * (n_in / n_out) - 0.5) + 2, n_in)
    return count


def extents(steps: Steps) -> NDArray[np.float64]:
    """Return how many image pixels each used sample makes, by its weights; they sum to the image's side."""
    indices, weights = sources(steps, np.arange(steps[-1][1]) + 0.5)
    counts = np.bincount(indices.ravel(), weights.ravel(), minlength=used(steps))
    return counts[: used(steps)].astype(np.float64)


@dataclass(frozen=True)
class AxisTiles:
    """The operator of one axis, cut into tiles of `size` raster pixels plus `halo` more on either side.

    Tile t's pixels are `matrix[t] @ samples[start[t] : start[t] + matrix.shape[2]]`; only the samples
    from `first[t]` up to `stop[t]` have a part in them. The last tile may reach over the raster's end.
    """

    size: int
    halo: int
    start: NDArray[np.intp]
    first: NDArray[np.intp]
    stop: NDArray[np.intp]
    matrix: NDArray[np.float32]

    @property
    def count(self) -> int:
        """The number of tiles."""
        return len(self.start)

    @property
    def band(self) -> int:
        """How many samples a tile multiplies."""
        return int(self.matrix.shape[2])


@lru_cache(maxsize=32)  # the clicks on one image ask for the same view; an entry has some 100 KB
def axis_tiles(
    steps: Steps, samples: int, origin: float, step: float, count: int, size: int, halo: int
) -> AxisTiles:
    """Build the tiles of an axis: `count` pixels with centres at origin + (i + 0.5) * step, of `samples` samples."""
    tiles = -(-count // size)
    width = size + 2 * halo
    pixel = np.arange(tiles)[:, None] * size + np.arange(-halo, size + halo)
    indices, weights = sources(steps, (origin + (pixel + 0.5) * step).ravel())
    indices = indices.reshape(tiles, width, -1)
    first, last = indices.min(axis=(1, 2)), indices.max(axis=(1, 2))
    band = int((last - first).max()) + 1
    start = np.minimum(first, samples - band)
    matrix = np.zeros((tiles, width, band))
    tile, row = np.ogrid[:tiles, :width]
    for term in range(indices.shape[2]):
        matrix[tile, row, indices[:, :, term] - start[:, None]] += weights[:, term].reshape(tiles, width)
    return AxisTiles(size, halo, start, first, last + 1, matrix.astype(np.float32))
