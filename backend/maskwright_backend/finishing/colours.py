# SPDX-License-Identifier: GPL-3.0-or-later
"""Local colour models on either side of a mask's edge.

On a coarse grid of `PER_CELL` points to a logit sample, each point gets two Gaussians of colour: of the pixels that
are surely inside the mask around there, and of those surely outside. What the two say about a pixel, the logarithm
of the ratio of their densities, is a quadratic in its colour; its coefficients are what is kept. The grid belongs to
the image, not to a view, so that a preview and the full mask use the same models, and its size is bound by the
logits' size, not the image's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from .axis import used

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskwright_backend.models.placement import Placement

    from .pixels import Pixels

PER_CELL = 3
_SURE, _FAR = 0.65, 4.0
"""A pixel counts for a side from so many cells off the edge up to so many: farther ones have other colours."""

_REACH = 2.5
"""The models average over two boxes of so many cells either way."""

_NOISE = (6 / 255) ** 2
"""Variance that every colour has at least: noise and rounding."""

_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))

_TRUST_FROM, _TRUST_TO = 0.5, 1.5
"""The mean log ratio, up to sign, at which the colours begin to count, and from which they count in full."""


class ColourModels(NamedTuple):
    """Maps on the coarse grid; point (i, j)'s centre is at ((j + 0.5) * step_x, (i + 0.5) * step_y) in the image.

    `quadratic`: ten maps, the coefficients of rr, rg, rb, gg, gb, bb, r, g, b, 1 in the log ratio, inside over
    outside, RGB from 0 to 1. `distance`: signed distance to the logits' edge in cells, positive inside.
    `trust`: 0 where the colours on both sides are alike, 1 where they differ clearly.
    """

    quadratic: list[NDArray[np.float32]]
    distance: NDArray[np.float32]
    trust: NDArray[np.float32]
    step_x: float
    step_y: float


def cell_size(placement: Placement) -> tuple[float, float]:
    """Return the width and height of a logit sample in image pixels."""
    sides = []
    for steps in (placement.x, placement.y):
        side = 1.0
        for n_in, n_out in steps:
            side *= n_out / n_in
        sides.append(side)
    return sides[0], sides[1]


def colour_models(
    logits: NDArray[np.float32], placement: Placement, threshold: float, pixels: Pixels
) -> ColourModels:
    """Return the colour models along the edge of a mask."""
    height, width = used(placement.y), used(placement.x)
    values = logits[:height, :width] - np.float32(threshold)
    values = cv2.resize(values, (width * PER_CELL, height * PER_CELL), interpolation=cv2.INTER_LINEAR)
    step_x, step_y = (side / PER_CELL for side in cell_size(placement))
    distance = _distance(values)
    rgb = pixels.at(
        ((np.arange(values.shape[0]) + 0.5) * step_y).astype(np.intp),
        ((np.arange(values.shape[1]) + 0.5) * step_x).astype(np.intp),
    )
    moments = _moments(rgb)
    inside, known_inside = _gaussian(moments, (distance > _SURE) & (distance < _FAR))
    outside, known_outside = _gaussian(moments, (distance < -_SURE) & (distance > -_FAR))
    known = (known_inside & known_outside).astype(np.float32)
    quadratic = [(one - other) * known for one, other in zip(inside, outside, strict=True)]
    ratio = np.abs(np.clip(evaluated(quadratic, rgb), -6, 6))
    ratio = cv2.blur(ratio, (PER_CELL, PER_CELL), borderType=cv2.BORDER_REFLECT)
    trust = np.clip((ratio - _TRUST_FROM) / (_TRUST_TO - _TRUST_FROM), 0, 1)
    return ColourModels(quadratic, distance, trust, step_x, step_y)


def evaluated(quadratic: list[NDArray[np.float32]], rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log ratio for colours: ten maps of coefficients, and (rows, columns, 3) of the same size."""
    red, green, blue = (rgb[:, :, k] for k in range(3))
    rr, rg, rb, gg, gb, bb, r, g, b, one = quadratic
    total: NDArray[np.float32] = one + red * (r + red * rr + green * rg + blue * rb)
    total += green * (g + green * gg + blue * gb)
    total += blue * (b + blue * bb)
    return total


def _distance(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the signed distance to the edge in cells: by the slope next to it, by counting farther off."""
    inside = (values > 0).astype(np.uint8)
    far = cv2.distanceTransform(inside, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    far -= np.copysign(np.float32(0.5), far)
    slope = np.hypot(cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1)) / 8
    close = np.clip(values / (slope + np.float32(1e-12)), -1.5, 1.5)
    distance: NDArray[np.float32] = np.where(np.abs(far) < 1.5, close, far) / np.float32(PER_CELL)
    return distance


def _moments(rgb: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [rgb[:, :, k] for k in range(3)] + [rgb[:, :, i] * rgb[:, :, j] for i, j in _PAIRS]


def _gaussian(
    moments: list[NDArray[np.float32]], where: NDArray[np.bool_]
) -> tuple[list[NDArray[np.float32]], NDArray[np.bool_]]:
    """Return the log density of the colours found `where`, as coefficients, and where there were any."""
    weight = where.astype(np.float32)
    count = _averaged(weight)
    scale = np.float32(1) / (count + np.float32(1e-6))
    averages: list[NDArray[np.float32]] = [_averaged(moment * weight) * scale for moment in moments]
    mean, squares = averages[:3], averages[3:]
    spread: list[NDArray[np.float32]] = [
        square - mean[i] * mean[j] for square, (i, j) in zip(squares, _PAIRS, strict=True)
    ]
    for k in (0, 3, 5):
        spread[k] += np.float32(_NOISE)
    return _log_density(mean, spread), count > 1e-3


def _averaged(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    side = 2 * round(_REACH * PER_CELL) + 1
    once = cv2.blur(channel, (side, side), borderType=cv2.BORDER_REFLECT)
    twice: NDArray[np.float32] = cv2.blur(once, (side, side), borderType=cv2.BORDER_REFLECT)
    return twice


def inverse(
    spread: list[NDArray[np.float32]],
) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
    """Return the inverses, and the determinants, of symmetric 3 x 3 matrices, all as maps of the upper triangle."""
    a, b, c, d, e, f = spread
    cofactors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
    determinant = np.maximum(a * cofactors[0] + b * cofactors[1] + c * cofactors[2], np.float32(1e-20))
    return [cofactor / determinant for cofactor in cofactors], determinant


def _log_density(
    mean: list[NDArray[np.float32]], spread: list[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    (xx, xy, xz, yy, yz, zz), determinant = inverse(spread)
    red, green, blue = mean
    x = xx * red + xy * green + xz * blue
    y = xy * red + yy * green + yz * blue
    z = xz * red + yz * green + zz * blue
    half = np.float32(-0.5)
    constant = half * (x * red + y * green + z * blue + np.log(determinant))
    return [half * xx, -xy, -xz, half * yy, -yz, half * zz, x, y, z, constant]
