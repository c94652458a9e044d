# SPDX-License-Identifier: GPL-3.0-or-later
"""Change colours as lights, cameras and nature do: hue, saturation, tone, shading, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.float32]  # (H, W, 3), 0 to 255
Random = np.random.Generator


def recoloured(rng: Random, picture: Planes, *, boldly: bool = False) -> Planes:
    """Turn hue, stretch saturation and contrast, and move the mean colour; `boldly`: beyond what light does."""
    angle = rng.uniform(-np.pi, np.pi) if boldly else rng.normal(0, 0.12)
    matrix = (
        _hue(angle) * np.float32(rng.uniform(0.3, 1.5)) if boldly else _hue(angle) * rng.uniform(0.7, 1.3)
    )
    grey = np.full((3, 3), 1 / 3, np.float32)
    matrix = ((matrix - matrix @ grey) + grey) * np.exp(rng.normal(-0.05, 0.3))
    mean = np.array(cv2.mean(picture)[:3])
    goal = np.clip(
        mean + rng.normal(0, 40 if boldly else 14) + rng.normal(0, 20 if boldly else 7, 3), 12, 243
    )
    return cv2.transform(picture, np.hstack([matrix, (goal - matrix @ mean)[:, None]]).astype(np.float32))


def _hue(angle: float) -> Planes:
    """Rotate colours about the grey axis."""
    cosine, third, sine = np.cos(angle), (1 - np.cos(angle)) / 3, np.sin(angle) / np.sqrt(3)
    rows = [np.roll([cosine + third, third - sine, third + sine], shift) for shift in range(3)]
    return np.array(rows, np.float32)


def shading(rng: Random, side: int, strength: float, knots: int = 3) -> Planes:
    """Draw a smooth field of brightness around 1, (side, side, 1)."""
    field = rng.normal(0, strength, (knots, knots)).astype(np.float32)
    return (1 + cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC))[..., None]


def towards(rng: Random, colour: Planes, inside: npt.NDArray[np.bool_], ground: Planes) -> Planes:
    """Bring the colours of an object nearer to those of the ground around it: camouflage."""
    ring = (cv2.dilate(inside.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0) & ~inside
    if ring.sum() < 50:
        return colour
    share = rng.uniform(0.25, 0.75)
    own, other = colour[inside], ground[ring]
    spread = own.std(0) + 3
    wanted = spread * (1 - share) + (other.std(0) + 3) * share
    moved = own.mean(0) * (1 - share) + other.mean(0) * share
    return ((colour - own.mean(0)) / spread * np.clip(wanted, spread * 0.6, spread * 1.7) + moved).astype(
        np.float32
    )


def photographed(rng: Random, picture: Planes) -> npt.NDArray[np.uint8]:
    """Give a scene what a camera gives it: exposure, tint, blur, noise, JPEG's marks."""
    side = picture.shape[0]
    if rng.random() < 0.2:
        picture = picture * shading(rng, side, 0.3)
    picture = np.clip(picture, 0, 255)
    if rng.random() < 0.4:
        picture = 255 * (picture / 255) ** np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.4:
        picture = (picture - 128) * np.exp(rng.normal(0, 0.2)) + 128 + rng.normal(0, 12) + rng.normal(0, 5, 3)
    if rng.random() < 0.04:
        picture = np.repeat(picture.mean(-1, keepdims=True), 3, -1)
    picture = picture.astype(np.float32)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.2))
    noise = rng.uniform(2, 8) if rng.random() < 0.3 else 1.5
    picture = picture + rng.normal(0, noise, (side, side, 1 if rng.random() < 0.5 else 3))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(40, 95))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    return picture
