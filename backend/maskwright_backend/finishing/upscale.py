# SPDX-License-Identifier: GPL-3.0-or-later
"""Low-res logits to alpha in a raster: only the tiles that the edge runs through are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from maskwright_shared.geometry import Bounds

from .axis import AxisTiles, axis_tiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement

    from .raster import Raster

_BATCH_BYTES = 1 << 19
"""Tiles are computed in batches that stay in a core's cache."""

NOTHING = Bounds(0, 0, 0, 0)


class Crop(NamedTuple):
    """Alpha inside `bounds` (raster pixels), 0 outside; `area` counts the pixels at 128 and above."""

    bounds: Bounds
    alpha: NDArray[np.uint8]
    area: int


EMPTY = Crop(NOTHING, np.zeros((0, 0), np.uint8), 0)


def upscale(
    logits: NDArray[np.float32],
    placement: Placement,
    raster: Raster,
    window: Bounds,
    threshold: float = 0.0,
    *,
    soft: bool = False,
) -> Crop:
    """Return the mask in a window of a raster, cut to its bounding box.

    Hard: 255 where the upscaled logits are above `threshold`, else 0; at the image's own raster this is pixel for
    pixel what the whole upscaled logits would give. Soft: the share of the raster pixel that the mask covers, from
    the distance to the edge as value over gradient; 128 and above exactly where hard has 255, up to rounding.

    Args:
        logits: (h, w) float32, as the decoder gave them.
        placement: The resize steps that bring the logits to the image's size.
        raster: The pixel grid over the image.
        window: The part of the raster to make; it may reach outside the raster, and outside the image the logits
            of the border go on.
        threshold: The logit cut.
        soft: Whether the edge is graded.

    Returns:
        The crop, its bounds in raster pixels, its alpha C-contiguous and owned by the caller.

    """
    if window.is_empty:
        return EMPTY
    rows, columns = _axes(logits, placement, raster.window(window), 1 if soft else 0)
    counts = _count_above(logits > threshold, rows, columns)
    full = counts == np.outer(rows.stop - rows.first, columns.stop - columns.first)
    tiles = np.argwhere((counts > 0) & ~full)
    alpha = _tiles_alpha(logits - np.float32(threshold), rows, columns, tiles, soft=soft)
    _clear_overhang(alpha, tiles, rows, columns, window)
    return _assemble(alpha, tiles, full, rows.size, columns.size, window)


def _axes(
    logits: NDArray[np.float32], placement: Placement, part: Raster, halo: int
) -> tuple[AxisTiles, AxisTiles]:
    height, width = logits.shape
    return (
        axis_tiles(placement.y, height, part.y, part.dy, part.rows, tile_size(part.rows), halo),
        axis_tiles(placement.x, width, part.x, part.dx, part.columns, tile_size(part.columns), halo),
    )


def tile_size(count: int) -> int:
    """Return the side of a tile for an axis of `count` raster pixels: small ones waste less, but cost more calls."""
    return min(count, 64 if count > 2500 else 32)


def _count_above(above: NDArray[np.bool_], rows: AxisTiles, columns: AxisTiles) -> NDArray[np.int32]:
    """Return how many samples above the threshold each tile depends on.

    From running sums, since a matrix product would wake BLAS's threads, which crawl while a model has the cores.
    """
    total = np.zeros((above.shape[0] + 1, above.shape[1] + 1), np.int32)
    np.cumsum(above, axis=0, out=total[1:, 1:])
    np.cumsum(total, axis=1, out=total)
    strips = total[rows.stop] - total[rows.first]
    counts: NDArray[np.int32] = strips[:, columns.stop] - strips[:, columns.first]
    return counts


def _tiles_alpha(
    values: NDArray[np.float32], rows: AxisTiles, columns: AxisTiles, tiles: NDArray[np.intp], *, soft: bool
) -> NDArray[np.uint8]:
    alpha = np.empty((len(tiles), rows.size, columns.size), np.uint8)
    patches = np.lib.stride_tricks.sliding_window_view(values, (rows.band, columns.band))
    batch = max(1, _BATCH_BYTES // (4 * rows.matrix.shape[1] * columns.matrix.shape[1]))
    for begin in range(0, len(tiles), batch):
        down, across = tiles[begin : begin + batch].T
        patch = patches[rows.start[down], columns.start[across]]
        value = rows.matrix[down] @ patch @ columns.matrix[across].transpose(0, 2, 1)
        part = alpha[begin : begin + batch]
        if soft:
            _coverage(value, part)
        else:
            np.multiply(value > 0, np.uint8(255), out=part)
    return alpha


def _coverage(value: NDArray[np.float32], out: NDArray[np.uint8]) -> None:
    """Write 255 * (0.5 + distance to the edge), clipped, for tiles with a halo of one pixel."""
    inner = value[:, 1:-1, 1:-1]
    across = value[:, 1:-1, 2:] - value[:, 1:-1, :-2]
    down = value[:, 2:, 1:-1] - value[:, :-2, 1:-1]
    np.multiply(across, across, out=across)
    np.multiply(down, down, out=down)
    across += down
    np.sqrt(across, out=across)
    across += np.float32(1e-20)
    # Differences span two pixels, hence 510. A flat stretch exactly at the threshold is outside, as in a hard mask.
    np.subtract(inner, np.float32(1e-12), out=down)
    down /= across
    down *= np.float32(510)
    # 127.5 rounds down: exactly on the edge is outside.
    down += np.float32(127.9999)
    np.clip(down, 0, 255, out=down)
    np.copyto(out, down, casting="unsafe")


def _clear_overhang(
    alpha: NDArray[np.uint8], tiles: NDArray[np.intp], rows: AxisTiles, columns: AxisTiles, window: Bounds
) -> None:
    alpha[tiles[:, 0] == rows.count - 1, window.height - (rows.count - 1) * rows.size :] = 0
    alpha[tiles[:, 1] == columns.count - 1, :, window.width - (columns.count - 1) * columns.size :] = 0


def _assemble(
    alpha: NDArray[np.uint8],
    tiles: NDArray[np.intp],
    full: NDArray[np.bool_],
    tall: int,
    wide: int,
    window: Bounds,
) -> Crop:
    box = _bounding(alpha, tiles, full, tall, wide, window)
    if box.is_empty:
        return EMPTY
    out = np.empty((box.height, box.width), np.uint8)
    _fill(out, box, full, tall, wide)
    for row, column, tile in zip(*tiles.T.tolist(), alpha, strict=True):
        top, left = row * tall - box.y, column * wide - box.x
        target = out[max(top, 0) : max(top + tall, 0), max(left, 0) : max(left + wide, 0)]
        if target.shape != tile.shape:
            up, leftwards = max(-top, 0), max(-left, 0)
            tile = tile[up : up + target.shape[0], leftwards : leftwards + target.shape[1]]  # noqa: PLW2901
        target[...] = tile
    area = int(np.count_nonzero(alpha >= 128)) + _full_area(full, tall, wide, window)
    return Crop(box.moved(window.x, window.y), out, area)


def _fill(out: NDArray[np.uint8], box: Bounds, full: NDArray[np.bool_], tall: int, wide: int) -> None:
    """Write 255 where tiles are full and 0 elsewhere: every byte once, rows copied from one line."""
    first, stop = box.y // tall, -(-box.bottom // tall)
    lines = np.repeat(np.where(full[first:stop], np.uint8(255), np.uint8(0)), wide, axis=1)
    for row, line in enumerate(lines[:, box.x : box.right], first):
        out[max(row * tall - box.y, 0) : (row + 1) * tall - box.y] = line


def _full_area(full: NDArray[np.bool_], tall: int, wide: int, window: Bounds) -> int:
    heights = np.minimum(tall, window.height - np.arange(full.shape[0]) * tall)
    widths = np.minimum(wide, window.width - np.arange(full.shape[1]) * wide)
    return int(heights @ full.astype(np.int64) @ widths)


def _bounding(
    alpha: NDArray[np.uint8],
    tiles: NDArray[np.intp],
    full: NDArray[np.bool_],
    tall: int,
    wide: int,
    window: Bounds,
) -> Bounds:
    top, bottom = _extent(alpha, tiles[:, 0], np.any(full, axis=1), tall, window.height)
    left, right = _extent(alpha.transpose(0, 2, 1), tiles[:, 1], np.any(full, axis=0), wide, window.width)
    return Bounds(left, top, right - left, bottom - top) if bottom > top and right > left else NOTHING


def _extent(
    alpha: NDArray[np.uint8], tile: NDArray[np.intp], full: NDArray[np.bool_], size: int, limit: int
) -> tuple[int, int]:
    """Return the first pixel that any tile sets along the axis of tile rows, and the one after the last.

    Only the outermost tiles are looked at, and further ones while those are empty.
    """
    begins, ends = [limit], [0]
    filled = np.flatnonzero(full)
    if filled.size:
        begins.append(int(filled[0]) * size)
        ends.append(min(limit, (int(filled[-1]) + 1) * size))
    present = np.unique(tile).tolist()
    for places, keep in ((present, begins), (present[::-1], ends)):
        for place in places:
            pixels = np.flatnonzero(alpha[tile == place].any(axis=(0, 2)))
            if pixels.size:
                keep.append(place * size + int(pixels[0] if keep is begins else pixels[-1] + 1))
                break
    return min(begins), max(ends)
