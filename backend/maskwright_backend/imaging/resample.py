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
MANY_LINES_AT_ONCE = 128
"""Where lines are short, so that a tall picture is not made of thousands of calls."""

ROWS_HELD = 4096


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
    is never held as floats. A picture so wide that its rows would first become many times as much goes the other
    way round.
    """
    rows, columns, channels = pixels.shape
    if rows * width * 4 < height * columns:
        return _columns_first(pixels, width, height)
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


def _columns_first(pixels: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float32]:
    rows, columns, channels = pixels.shape
    narrow = np.empty((channels, rows, width), np.float32)
    across = _bands(columns, width, COLUMNS_AT_ONCE // 2)
    for start in range(0, rows, LINES_AT_ONCE):
        lines = _lines(pixels[start : start + LINES_AT_ONCE])
        for band in across:
            part = lines[:, band.first : band.last] @ band.weights.T
            narrow[:, start : start + LINES_AT_ONCE, band.start : band.stop] = part.reshape(
                channels, -1, band.stop - band.start
            )
    planes = np.empty((channels, height, width), np.float32)
    for down in _bands(rows, height, ROWS_AT_ONCE):
        planes[:, down.start : down.stop] = np.matmul(down.weights, narrow[:, down.first : down.last])
    return planes


def _lines(part: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return some rows of (h, W, C) pixels as floats, (C * h, W)."""
    return np.ascontiguousarray(part.transpose(2, 0, 1)).astype(np.float32).reshape(-1, part.shape[1])


def resample_rounded(pixels: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float32]:
    """Return (H, W, C) 8-bit pixels as (C, height, width) whole numbers in 0..255.

    The same numbers as torch's `interpolate(mode="bilinear", antialias=True)` on 8-bit tensors, which
    torchvision's processors run on: columns first, rounded to 8 bits after each axis, with weights of 15 bits. Of
    a very tall picture only a stretch is held at its new width.
    """
    rows, columns, channels = pixels.shape
    across = _with_15_bits(_bands(columns, width, COLUMNS_AT_ONCE // 2))
    planes = np.empty((channels, height, width), np.float32)
    for bands in _stretches(_with_15_bits(_bands(rows, height, ROWS_AT_ONCE))):
        top = bands[0].first
        narrow = _narrowed(pixels[top : bands[-1].last], width, across)
        for band in bands:
            source = narrow[:, band.first - top : band.last - top].astype(np.float32)
            planes[:, band.start : band.stop] = np.matmul(band.weights, source)
    planes += 0.5
    return np.floor(planes, out=planes)


def _stretches(bands: list[_Band]) -> list[list[_Band]]:
    """Return the bands in groups that need at most ROWS_HELD rows each, or one band."""
    groups: list[list[_Band]] = []
    for band in bands:
        if not groups or band.last - groups[-1][0].first > ROWS_HELD:
            groups.append([])
        groups[-1].append(band)
    return groups


def _narrowed(pixels: npt.NDArray[np.uint8], width: int, across: list[_Band]) -> npt.NDArray[np.uint8]:
    """Return (H, W, C) pixels as (C, H, width), rounded to 8 bits."""
    rows, _, channels = pixels.shape
    narrow = np.empty((channels, rows, width), np.uint8)
    at_once = LINES_AT_ONCE if pixels.shape[1] > width else MANY_LINES_AT_ONCE
    for start in range(0, rows, at_once):
        lines = _lines(pixels[start : start + at_once])
        mixed = np.empty((lines.shape[0], width), np.float32)
        for band in across:
            np.matmul(lines[:, band.first : band.last], band.weights.T, out=mixed[:, band.start : band.stop])
        mixed += 0.5
        narrow[:, start : start + at_once] = mixed.reshape(channels, -1, width)
    return narrow


def _with_15_bits(bands: list[_Band]) -> list[_Band]:
    """Return the bands with weights rounded to the finest binary fraction that keeps the largest within 15 bits."""
    largest, bits = max(float(band.weights.max()) for band in bands), 0
    while bits < 22 and 0.5 + largest * (2 << bits) < (1 << 15):
        bits += 1
    unit = np.float32(1 << bits)
    return [band._replace(weights=np.floor(band.weights * unit + np.float32(0.5)) / unit) for band in bands]
