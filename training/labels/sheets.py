# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person looks at while labelling: the picture with a grid to read coordinates from, and masks on it."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .edges import Pixels
from .masks import OBJECT, UNKNOWN

VIEW = 1280
"""The longer side of what is shown; masks are judged enlarged."""
COLOURS = (
    (255, 40, 40),
    (40, 255, 60),
    (70, 140, 255),
    (255, 225, 0),
    (255, 0, 255),
    (0, 255, 255),
    (255, 140, 0),
)


def grid(picture: Pixels, spacing: int = 20, window: tuple[int, int, int, int] | None = None) -> Image.Image:
    """Return the picture (or a window x0, y0, x1, y1 of it) enlarged, with lines and numbers in its own pixels."""
    x0, y0, x1, y1 = window or (0, 0, picture.shape[1], picture.shape[0])
    part = Image.fromarray(picture[y0:y1, x0:x1])
    zoom = VIEW / max(part.size)
    shown = part.resize((round(part.width * zoom), round(part.height * zoom)), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(shown, "RGBA")
    for x in range(x0 - x0 % spacing + spacing, x1, spacing):
        _rule(draw, ((x - x0) * zoom, 0, (x - x0) * zoom, shown.height), x, spacing)
    for y in range(y0 - y0 % spacing + spacing, y1, spacing):
        _rule(draw, (0, (y - y0) * zoom, shown.width, (y - y0) * zoom), y, spacing)
    return shown


def _rule(
    draw: ImageDraw.ImageDraw, ends: tuple[float, float, float, float], value: int, spacing: int
) -> None:
    strong = value % (5 * spacing) == 0
    draw.line(ends, fill=(255, 255, 0, 150) if strong else (255, 255, 255, 80))
    if value % (2 * spacing) == 0 or strong:
        place = (ends[0] + 1, ends[1] + 1)
        draw.text(place, str(value), fill=(255, 255, 0), stroke_width=1, stroke_fill=(0, 0, 0))


def overlay(
    picture: Pixels, found: dict[str, Pixels], window: tuple[int, int, int, int] | None = None
) -> Image.Image:
    """Return the picture enlarged, with each mask's edge as a thin line and what is unknown hatched."""
    x0, y0, x1, y1 = window or (0, 0, picture.shape[1], picture.shape[0])
    part = picture[y0:y1, x0:x1]
    zoom = VIEW / max(part.shape[:2])
    size = (round(part.shape[1] * zoom), round(part.shape[0] * zoom))
    shown = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    for index, (name, mask) in enumerate(found.items()):
        colour = COLOURS[index % len(COLOURS)]
        large = cv2.resize(mask[y0:y1, x0:x1], size, interpolation=cv2.INTER_NEAREST)
        lines, _ = cv2.findContours((large == OBJECT).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, lines, -1, colour, 1)
        shown[(large == UNKNOWN) & (np.indices(large.shape).sum(0) % 4 == 0)] = colour
        cv2.putText(shown, name, (4, 14 + 14 * index), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    return Image.fromarray(np.asarray(shown, np.uint8))
