# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented conventions once more, in plain numpy and Pillow, for comparison: nothing of the product is used."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .small_graphs import KINDS, logits_of, scores_of

SIDE = 1024
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
MEAN_255, STD_255 = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])


def square_of(family, rgb):
    """Return the (3, 1024, 1024) encoder input of (H, W, 3) 8-bit pixels."""
    if family in ("hq_sam", "sam_hq_official"):
        width, height = fitted(family, rgb)
        small = np.asarray(Image.fromarray(rgb).resize((width, height), Image.BILINEAR), np.float64)
        square = np.zeros((SIDE, SIDE, 3))
        square[:height, :width] = (small - MEAN_255) / STD_255
        return square.transpose(2, 0, 1)
    if family == "sam2_preconverted":
        return (rounded(rgb) / 255.0 - MEAN[:, None, None]) / STD[:, None, None]
    planes = [
        Image.fromarray(rgb[..., k].astype(np.float32)).resize((SIDE, SIDE), Image.BILINEAR) for k in range(3)
    ]
    square = np.stack([np.asarray(plane, np.float64) for plane in planes])
    return (square / 255.0 - MEAN[:, None, None]) / STD[:, None, None]


def rounded(rgb):
    """Return the (3, 1024, 1024) whole numbers of torch's 8-bit resize: columns first, weights of 15 bits."""
    down, across = filter_of(rgb.shape[0]), filter_of(rgb.shape[1])
    narrow = np.floor(rgb.transpose(2, 0, 1).astype(np.float64) @ across.T + 0.5)
    return np.floor(down @ narrow + 0.5)


def filter_of(size):
    """Return the (1024, size) matrix of the triangle filter, in the finest fraction whose largest fits 15 bits."""
    scale = size / SIDE
    centres, inputs = (np.arange(SIDE)[:, None] + 0.5) * scale, np.arange(size) + 0.5
    weights = np.maximum(1.0 - np.abs(inputs - centres) / max(scale, 1.0), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    fraction = 1.0
    while fraction < 2**22 and 0.5 + weights.max() * fraction * 2 < 2**15:
        fraction *= 2
    return np.floor(weights * fraction + 0.5) / fraction


def fitted(family, rgb):
    """Return the width and height that the image takes up in the square."""
    height, width = rgb.shape[:2]
    if family not in ("hq_sam", "sam_hq_official"):
        return SIDE, SIDE
    scale = SIDE / max(width, height)
    return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))


def model_points(family, rgb, points, box):
    """Return what the decoder sees as (x, y, label), with the padding point that the graph adds itself."""
    scale_x, scale_y = fitted(family, rgb)[0] / rgb.shape[1], fitted(family, rgb)[1] / rgb.shape[0]
    seen = [(point.x * scale_x, point.y * scale_y, int(point.foreground)) for point in points]
    if box is not None:
        seen += [(box.x0 * scale_x, box.y0 * scale_y, 2), (box.x1 * scale_x, box.y1 * scale_y, 3)]
    if box is None or family in ("sam2", "hq_sam2"):
        seen.append((0.0, 0.0, -1))
    return seen


def expected(name, rgb, points=(), box=None, mask=None):
    """Return the logits and scores that the small graphs of `name` must give."""
    kind = KINDS[name]
    seen = model_points(kind.family, rgb, points, box)
    return logits_of(kind, square_of(kind.family, rgb), seen, mask), scores_of(kind, seen)
