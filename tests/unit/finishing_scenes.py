# SPDX-License-Identifier: GPL-3.0-or-later
"""Logits, and a plain dense way to upscale them, for the tests of mask finishing."""

import numpy as np

from maskwright_backend.models.placement import Placement


def star(size=256, seed=0, noise=0.15):
    """A wavy star with noisy logits: its edge runs in every direction."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    angle, distance = np.arctan2(y, x), np.hypot(y, x)
    radius = 0.28 + 0.05 * np.sin(5 * angle) + 0.03 * np.sin(11 * angle + 1)
    noisy = (radius - distance) * 40 + np.random.default_rng(seed).normal(0, noise, (size, size))
    return noisy.astype(np.float32)


def stretched(width, height, samples=256):
    return Placement(((samples, width),), ((samples, height),))


def padded(width, height):
    scale = 1024 / max(width, height)
    inner = [max(1, int(side * scale + 0.5)) for side in (width, height)]
    return Placement(((256, 1024), (inner[0], width)), ((256, 1024), (inner[1], height)))


def dense(logits, placement):
    """Every step over the whole array, in float64, one after the other."""
    values = _resized(logits.astype(np.float64), placement.y)
    return _resized(values.T, placement.x).T


def _resized(values, steps):
    for n_in, n_out in steps:
        at = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, n_in - 1)
        part = (at - low)[:, None]
        values = values[low] * (1 - part) + values[high] * part
    return values


def pasted(mask):
    """The whole raster of a FinishedMask or a (width, height, crop)."""
    whole = np.zeros((mask.height, mask.width), np.uint8)
    b = mask.bounds
    whole[b.y : b.bottom, b.x : b.right] = mask.alpha
    return whole


def of_image(shape):
    """Logits and a placement whose raster is `shape` itself, one sample a pixel: +1 inside, -1 outside."""
    height, width = shape.shape
    return np.where(shape, 1.0, -1.0).astype(np.float32), Placement(((width, width),), ((height, height),))
