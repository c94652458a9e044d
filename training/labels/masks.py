# SPDX-License-Identifier: GPL-3.0-or-later
"""From the prompts of a picture to its masks: 255 object, 0 background, 128 where nobody can say."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from . import edges
from .edges import Mask, Pixels, Places
from .prompts import Labelled, Points, Prompts, Step

OBJECT, UNKNOWN = 255, 128
WORKING_SIDE = 640
"""Smaller pictures are labelled enlarged, so that an edge between two pixels can be told."""
SPECK = 14
"""Islands and holes of fewer pixels that no stroke asked for are noise."""
FINER = 4
"""How much finer than a mask its outlines are drawn."""
BITS = 4
"""Bits of a fraction of a pixel that OpenCV draws with."""


def masks(picture: Pixels, prompts: Prompts) -> dict[str, Pixels]:
    """Make every mask of a picture.

    Args:
        picture: RGB, (height, width, 3).
        prompts: what was said about it; objects refer only to earlier ones.

    Returns:
        For each object's name its mask, (height, width), with the values 0, `UNKNOWN` and `OBJECT`.
    """
    scale = max(1, round(WORKING_SIDE / max(picture.shape[:2])))
    canvas = Canvas(picture, scale)
    done = dict[str, Mask]()
    for one in prompts.objects:
        done[one.name] = canvas.found(one, done)
    return {one.name: canvas.finished(done[one.name], one) for one in prompts.objects}


class Canvas:
    """A picture, enlarged by a whole number, on which outlines and strokes are drawn."""

    def __init__(self, picture: Pixels, scale: int) -> None:
        self.scale = scale
        self.size = picture.shape[:2]
        height, width = self.size
        larger = (width * scale, height * scale)
        enlarged = picture if scale == 1 else cv2.resize(picture, larger, interpolation=cv2.INTER_CUBIC)
        self.picture = np.asarray(enlarged, np.uint8)

    def found(self, one: Labelled, earlier: dict[str, Mask]) -> Mask:
        """Find one object; the mask is as large as the enlarged picture."""
        inside, outside = self.strokes(one.of("in")), self.strokes(one.of("out"))
        mask = self._edge(one, inside, outside)
        for step in one.of("with"):
            mask |= np.any([earlier[name] for name in step.names], axis=0)
        mask |= self._outlines(one.of("add"))
        mask &= ~self._outlines(one.of("cut"))
        for step in one.of("without"):
            mask &= ~np.any([earlier[name] for name in step.names], axis=0)
        for step in one.of("within"):
            mask &= np.any([earlier[name] for name in step.names], axis=0)
        return mask

    def finished(self, mask: Mask, one: Labelled) -> Pixels:
        """Return a mask in the stored picture's size and values."""
        height, width = self.size
        share = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        values = np.where(share >= 0.5, OBJECT, 0).astype(np.uint8)
        values[Canvas(np.zeros((height, width, 3), np.uint8), 1).strokes(one.of("unknown"))] = UNKNOWN
        return values

    def _edge(self, one: Labelled, inside: Mask, outside: Mask) -> Mask:
        shape = self._outlines(one.of("line")) & ~self._outlines(one.of("hole"))
        if one.band > 0 and shape.any():
            shape = edges.around(self.picture, shape, one.band * self.scale, inside, outside)
            shape = _tidy(shape, inside, outside)
        return shape

    def _outlines(self, steps: Iterable[Step]) -> Mask:
        """Fill what lies inside; OpenCV fills the border too, so this is done finer and a pixel counts from half on."""
        height, width = self.picture.shape[:2]
        drawn = np.zeros((height * FINER, width * FINER), np.uint8)
        for step in steps:
            cv2.fillPoly(drawn, [self._fixed(step.points, FINER)], 1, cv2.LINE_8, BITS)
        share = cv2.resize(drawn * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(share > 127)

    def strokes(self, steps: Iterable[Step]) -> Mask:
        """Draw strokes as wide as twice their radius."""
        drawn = np.zeros(self.picture.shape[:2], np.uint8)
        for step in steps:
            width = max(1, round(2 * step.radius * self.scale))
            points = self._fixed(step.points if len(step.points) > 1 else step.points * 2)
            cv2.polylines(drawn, [points], isClosed=False, color=1, thickness=width, shift=BITS)
        return drawn.astype(bool)

    def _fixed(self, points: Points, finer: int = 1) -> Places:
        """Return points in OpenCV's fixed-point numbers; a pixel's middle is at .0 there, at .5 with us."""
        places = np.array(points, np.float64) * self.scale * finer - 0.5
        return np.asarray(np.round(places * 2**BITS), np.int32)


def _tidy(mask: Mask, inside: Mask, outside: Mask) -> Mask:
    """Smooth the staircase, and drop islands and holes too small to be meant."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.9)
    smooth = ((soft > 0.5) | inside) & ~outside
    return ~_without_specks(~_without_specks(smooth))


def _without_specks(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    large = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] >= SPECK]
    return np.isin(labels, large)
