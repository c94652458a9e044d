# SPDX-License-Identifier: GPL-3.0-or-later
"""What the encoder measures at every pixel: Lab colour, texture, and how alike neighbours are."""

from __future__ import annotations

import numpy as np

from .graph import Array, Tensor

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
XYZ = (
    (0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505),
    (0.2126, 0.7152, 0.0722),
    (0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089),
)
OPPONENT = ((0.0, 1.16, 0.0), (5.0, -5.0, 0.0), (0.0, 2.0, -2.0))
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def mixing(rows: tuple[tuple[float, ...], ...]) -> Array:
    """Give the 1x1 convolution kernel that mixes channels by `rows`."""
    return np.array(rows, np.float32)[:, :, None, None]


def channels(values: tuple[float, ...]) -> Array:
    """Shape one number per channel to broadcast over [1,C,H,W]."""
    return np.array(values, np.float32).reshape(1, -1, 1, 1)


def lab(image: Tensor) -> Tensor:
    """Turn an ImageNet-normalised image [1,3,1024,1024] into Lab / 100 at [1,3,256,256] (CIE 1976, D65)."""
    rgb = (image.mean_pool(4) * channels(STD) + channels(MEAN)).clip(0.0, 1.0)
    linear = (rgb * (1 / 1.055) + 0.055 / 1.055).power(2.4)
    cube_root = linear.conv(mixing(XYZ)).maximum(1e-3).power(1 / 3)
    return cube_root.conv(mixing(OPPONENT))


def texture(colour: Tensor) -> Tensor:
    """Measure the local contrast of lightness in a fine and a coarse window: [1,2,256,256], about 0..0.3."""
    light = colour.cut(1, 0, 1)
    spread = [((light * light).blur(n) - light.blur(n) * light.blur(n)).maximum(0.0) for n in (5, 13)]
    return (colour.graph.concat(spread, 1) + 1e-5).sqrt()


def differences(copies: int) -> Array:
    """Give the grouped kernels that subtract a pixel from its four neighbours ahead, for each of `copies` channels."""
    kernel = np.zeros((4, 1, 3, 3), np.float32)
    for direction, (down, right) in enumerate(NEIGHBOURS):
        kernel[direction, 0, 1, 1] = -1
        kernel[direction, 0, 1 + down, 1 + right] = 1
    return np.tile(kernel, (copies, 1, 1, 1))


def inside(plane: Tensor) -> Tensor:
    """Mark [1,4,H,W] with 1 where the neighbour in each direction lies inside the image."""
    ones = plane * 0.0 + 1.0
    return 1.0 - ones.conv(differences(1)).abs()


def likeness(colour: Tensor, size: int) -> Tensor:
    """Say how alike each pixel and its four neighbours ahead are: [1,4,size,size], 1 alike, 0 an edge or outside."""
    steps = colour.conv(differences(3), groups=3)
    squares = (steps * steps).reshape(1, 3, 4, size * size).sum(1).reshape(1, 4, size, size)
    typical = squares.mean(1, 2, 3) + 1e-4
    length = channels((1.0, 1.0, 0.7071, 0.7071))
    return (squares * -0.5 / typical).exp() * inside(colour.cut(1, 0, 1)) * length
