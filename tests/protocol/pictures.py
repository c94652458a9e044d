# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures whose encoding takes as long as a test wants, and the masks that replies carry."""

from __future__ import annotations

import numpy as np
from tests.protocol.moody_model import ENDLESS, ID, QUICK, SLOW

from maskwright_shared.geometry import Point
from maskwright_shared.messages import Apply, Encode, Segment

__all__ = [
    "ENDLESS",
    "QUICK",
    "SLOW",
    "apply",
    "background",
    "click",
    "encode",
    "picture",
    "put",
    "segment",
    "whole",
]


def picture(red=QUICK, seed=0, width=150, height=100):
    """Return (height, width, 3) pixels with a mean red of `red` and green noise by the seed."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., 0], pixels[..., 2] = red, 128
    pixels[..., 1] = np.random.default_rng(seed).integers(100, 140, (height, width))
    return pixels


def put(client, pixels):
    """Return the name of a picture, put as RGB, RGBA or GRAY."""
    height, width = pixels.shape[:2]
    channels = {2: "GRAY"}.get(pixels.ndim) or {3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    return client.put_image(width, height, channels, pixels).image


def click(x=75.0, y=50.0):
    """Return points with one click on the object."""
    return (Point(x, y),)


def background(count):
    """Return background points in a corner; each makes the decoder ten times slower, six are as good as for ever."""
    return tuple(Point(1.0, 1.0 + index, foreground=False) for index in range(count))


def encode(image, **changes):
    return Encode(**{"image": image, "model": ID, **changes})


def segment(image, points=None, **changes):
    return Segment(
        **{"image": image, "model": ID, "points": click() if points is None else points, **changes}
    )


def apply(image, points=None, **changes):
    return Apply(**{"image": image, "model": ID, "points": click() if points is None else points, **changes})


def whole(reply, index=0):
    """Return one mask of a reply as (height, width) alpha."""
    alpha = np.zeros((reply.height, reply.width), np.uint8)
    at = sum(info.frames for info in reply.masks[:index])
    info = reply.masks[index]
    bounds = info.bounds
    crop = np.frombuffer(b"".join(reply.alpha[at : at + info.frames]), np.uint8)
    alpha[bounds.y : bounds.bottom, bounds.x : bounds.right] = crop.reshape(bounds.height, bounds.width)
    return alpha
