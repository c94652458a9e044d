# SPDX-License-Identifier: GPL-3.0-or-later
"""Bilinear resampling with antialias of large 8-bit images: in floats, or rounded to 8 bits after each axis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ROWS_AT_ONCE = 8
COLUMNS_AT_ONCE = 32
MOST_AT_ONCE = 256
LINES_AT_ONCE = 16


class _Band(NamedTuple):
    """The outputs [start, stop) of one axis, made from the inputs [first, last) by a dense matrix."""

    start: int
    stop: int
    first: int
    last: int
    weights: npt.NDArray[np.float32]


def _bands(n_in: int, n_out: int, at_once: int) -> list[_Band]:
    """Return the triangle filter of width max(1, n_in / n_out) as bands, the edges renormalised.

    A band makes `at_once` outputs, and more where the image grows: its matrices would be too small to be worth a call.
    """
    scale = n_in / n_out
    at_once = min(MOST_AT_ONCE, max(at_once, round(2 * at_once / scale)))
    support = max(scale, 1.0)
    centres = (np.arange(n_out) + 0.5) * scale
    lows = np.maximum((centres - support + 0.5).astype(np.int64), 0)
    highs = np.minimum((centres + support + 0.5).astype(np.int64), n_in)
    bands = []
    for start in range(0, n_out, at_once):
        stop = min(start + at_once, n_out)
        first, last = int(lows[start]), int(highs[stop - 1])
        inputs = np.arange(first, last)
        inside = (inputs >= lows[start:stop, None]) & (inputs < highs[start:stop, None])
        weights = np.maximum(1.0 - np.abs(inputs + 0.5 - centres[start:stop, None]) / support, 0.0) * inside
        weights /= weights.sum(axis=1, keepdims=True)
        bands.append(_Band(start, stop, first, last, weights.astype(np.float32)))
    return bands


def resample_planes(pixels: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float32]:
    """Return (H, W, C) 8-bit pixels as (C, height, width) float planes in 0..255.

    The same filter as torch's `interpolate(mode="bilinear", antialias=True)` and Pillow's BILINEAR on its mode
    F, to 1e-4 of 255 levels. Rows come first, in bands small enough for the processor's cache, so a whole image
    is never held as floats; but where there are few and they grow, they come last, as there would be many long ones.
    """
    rows, columns, channels = pixels.shape
    if 2 * rows < height and columns > width:
        turned = np.ascontiguousarray(pixels.transpose(1, 0, 2))
        return np.ascontiguousarray(resample_planes(turned, height, width).transpose(0, 2, 1))
    planes = np.empty((channels, height, width), np.float32)
    across = [
        band._replace(weights=np.ascontiguousarray(band.weights.T))
        for band in _bands(columns, width, COLUMNS_AT_ONCE)
    ]
    for down in _bands(rows, height, ROWS_AT_ONCE):
        source = pixels[down.first : down.last].reshape(down.last - down.first, columns * channels)
        mixed = (down.weights @ source.astype(np.float32)).reshape(-1, columns, channels)
        lines = np.ascontiguousarray(mixed.transpose(2, 0, 1)).reshape(-1, columns)
        for band in across:
            part = lines[:, band.first : band.last] @ band.weights
            planes[:, down.start : down.stop, band.start : band.stop] = part.reshape(
                channels, down.stop - down.start, band.stop - band.start
            )
    return planes


def resample_rounded(pixels: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float32]:
    """Return (H, W, C) 8-bit pixels as (C, height, width) whole numbers in 0..255.

    The same numbers as torch's `interpolate(mode="bilinear", antialias=True)` on 8-bit tensors, which
    torchvision's processors run on: columns first, rounded to 8 bits after each axis, with weights of 15 bits.
    """
    rows, columns, channels = pixels.shape
    narrow = np.empty((channels, rows, width), np.uint8)
    across = _with_15_bits(_bands(columns, width, COLUMNS_AT_ONCE // 2))
    for start in range(0, rows, LINES_AT_ONCE):
        part = pixels[start : start + LINES_AT_ONCE]
        lines = np.ascontiguousarray(part.transpose(2, 0, 1)).astype(np.float32).reshape(-1, columns)
        mixed = np.empty((lines.shape[0], width), np.float32)
        for band in across:
            np.matmul(lines[:, band.first : band.last], band.weights.T, out=mixed[:, band.start : band.stop])
        mixed += 0.5
        narrow[:, start : start + LINES_AT_ONCE] = mixed.reshape(channels, -1, width)
    planes = np.empty((channels, height, width), np.float32)
    for band in _with_15_bits(_bands(rows, height, ROWS_AT_ONCE)):
        source = narrow[:, band.first : band.last].astype(np.float32)
        planes[:, band.start : band.stop] = np.matmul(band.weights, source)
    planes += 0.5
    return np.floor(planes, out=planes)


def _with_15_bits(bands: list[_Band]) -> list[_Band]:
    """Return the bands with weights rounded to the finest binary fraction that keeps the largest within 15 bits."""
    largest, bits = max(float(band.weights.max()) for band in bands), 0
    while bits < 22 and 0.5 + largest * (2 << bits) < (1 << 15):
        bits += 1
    unit = np.float32(1 << bits)
    return [band._replace(weights=np.floor(band.weights * unit + np.float32(0.5)) / unit) for band in bands]
