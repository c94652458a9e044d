# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that show a mask: an overlay to look at, a cut-out to use."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright_shared.geometry import Box

Pixels = NDArray[np.uint8]
Positions = Sequence[tuple[float, float]]

TINT = (30, 144, 255)
FOREGROUND = (46, 204, 64)
BACKGROUND = (255, 65, 54)
TINT_STRENGTH = 0.35


def cutout(pixels: Pixels, alpha: Pixels) -> Pixels:
    """Return the image as RGBA with the mask as its alpha (times the image's own), at the image's size."""
    opacity = alpha
    if pixels.shape[2] == 4:
        opacity = np.rint(alpha * (pixels[..., 3].astype(np.float32) / 255.0)).astype(np.uint8)
    return np.dstack([pixels[..., :3], opacity])


def overlay(
    pixels: Pixels, alpha: Pixels, points: Positions, background: Positions, box: Box | None
) -> Pixels:
    """Return the RGB image with the mask tinted and outlined, the points and the box drawn on it."""
    picture = np.ascontiguousarray(pixels[..., :3])
    weight = alpha[..., None].astype(np.float32) * (TINT_STRENGTH / 255.0)
    picture = np.rint(picture + (np.array(TINT, np.float32) - picture) * weight).astype(np.uint8)
    scale = max(1, round(max(picture.shape[:2]) / 700))
    contours, _ = cv2.findContours((alpha > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, (255, 255, 255), 2 * scale, cv2.LINE_AA)
    cv2.drawContours(picture, contours, -1, TINT, scale, cv2.LINE_AA)
    if box is not None:
        corners = (round(box.x0), round(box.y0)), (round(box.x1), round(box.y1))
        cv2.rectangle(picture, *corners, (255, 255, 255), scale, cv2.LINE_AA)
    for places, colour in ((points, FOREGROUND), (background, BACKGROUND)):
        for x, y in places:
            centre = (round(x), round(y))
            cv2.circle(picture, centre, 5 * scale, (255, 255, 255), -1, cv2.LINE_AA)
            cv2.circle(picture, centre, 4 * scale, colour, -1, cv2.LINE_AA)
    return picture
