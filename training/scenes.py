# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose scenes: cut-outs and drawn figures on photographed or textured ground, with the truth that belongs to them.

Few and large objects, of several colours, now and then two that count as one: small, crowded and half-hidden things
teach a network to be timid.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from .colour import Planes, Random, photographed, recoloured, shading, towards
from .figures import figure
from .sources import CUTOUT, DRAWN, GROUND, TEXTURE

SIDE = 320
LEAST = 250  # pixels an object must show


@dataclass
class Scene:
    """A picture (SIDE, SIDE, 3) BGR, and for each pixel its object and that object's part; 0 is the ground."""

    picture: npt.NDArray[np.uint8]
    objects: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.uint8]


@dataclass
class Thing:
    """What is to be placed: colours and alpha (H, W, 4), and its parts (H, W), numbered from 1."""

    rgba: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.uint8]


class Composer:
    """Makes scenes from a folder of assets; the same seed makes the same scenes."""

    def __init__(self, assets: Path, seed: int) -> None:
        """Read every picture into memory (a few hundred megabytes)."""
        self.rng = np.random.default_rng(seed)
        self.pictures = {
            kind: [
                cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted((assets / kind).glob("*.png"))
            ]
            for kind in (CUTOUT, DRAWN, GROUND, TEXTURE)
        }

    def scene(self) -> Scene:
        """Compose one scene with at least one object."""
        while True:
            scene = self._attempt()
            if (scene.objects > 0).sum() > LEAST:
                return scene

    def _attempt(self) -> Scene:
        rng, canvas = self.rng, Canvas(self.rng, self._ground())
        count = int(rng.choice([1, 2, 3, 4, 5], p=[0.42, 0.28, 0.18, 0.08, 0.04]))
        scales = np.exp(rng.uniform(np.log(0.34), np.log(1.2), count))
        scales = np.sort(scales)[::-1] if rng.random() < 0.6 else scales
        thing: Thing | None = None
        for scale in scales:
            again = thing is not None and rng.random() < 0.2
            thing = thing if again else self._thing()
            joined = canvas.last is not None and rng.random() < 0.13
            close = canvas.last is not None and rng.random() < 0.25
            canvas.place(self._dressed(thing), scale, joined=joined, close=close or joined)
        return Scene(photographed(rng, canvas.picture), canvas.objects, canvas.parts)

    def _pick(self, kind: str) -> npt.NDArray[np.uint8]:
        return self.pictures[kind][self.rng.integers(len(self.pictures[kind]))]

    def _crop(self, kind: str, least: float, side: int = SIDE) -> Planes:
        """Cut a square-ish piece out of a picture of a kind and stretch it to side x side."""
        rng, picture = self.rng, self._pick(kind)
        height, width = picture.shape[:2]
        size = min(height, width) * max(least, 1 - abs(rng.normal(0, 0.35)))
        aspect = np.exp(rng.normal(0, 0.15))
        rows, columns = min(height, int(size * aspect)), min(width, int(size / aspect))
        top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
        piece = picture[top : top + rows, left : left + columns, :3]
        piece = piece[:, ::-1] if rng.random() < 0.5 else piece
        way = cv2.INTER_AREA if rows > side else cv2.INTER_CUBIC
        return cv2.resize(np.ascontiguousarray(piece), (side, side), interpolation=way).astype(np.float32)

    def _ground(self) -> Planes:
        """Give a photograph's piece, or two or three textures that meet along a wavy line or in blobs."""
        rng = self.rng
        if rng.random() < 0.7:
            ground = self._crop(GROUND, 0.2)
            ground = recoloured(rng, ground, boldly=rng.random() < 0.1) if rng.random() < 0.6 else ground
        else:
            ground = self._texture()
            for _ in range(int(rng.integers(0, 3))):
                share = cv2.GaussianBlur(_region(rng), (0, 0), np.exp(rng.uniform(-0.7, 2)))[..., None]
                ground = ground * (1 - share) + self._texture() * share
        blur = rng.random() < 0.35
        return cv2.GaussianBlur(ground, (0, 0), np.exp(rng.uniform(-0.4, 1.6))) if blur else ground

    def _texture(self) -> Planes:
        rng = self.rng
        piece = self._crop(TEXTURE if rng.random() < 0.5 else GROUND, 0.15)
        return recoloured(rng, piece, boldly=rng.random() < 0.4)

    def _thing(self) -> Thing:
        draw = self.rng.random()
        if draw < 0.13:
            return self._figure()
        rgba = self._pick(CUTOUT if draw < 0.85 else DRAWN)
        return Thing(rgba, np.ones(rgba.shape[:2], np.uint8))

    def _figure(self) -> Thing:
        """Draw a figure and dress each of its parts; parts of one texture count as one part."""
        rng, parts = self.rng, figure(self.rng)
        base = self._texture()
        colour = cv2.resize(base, parts.shape[::-1])
        for number in np.unique(parts[parts > 0])[1:]:
            draw = rng.random()
            if draw < 0.25:
                parts[parts == number] = 1
                continue
            dress = recoloured(rng, base, boldly=True) if draw < 0.65 else self._texture()
            colour[parts == number] = cv2.resize(dress, parts.shape[::-1])[parts == number]
        depth = cv2.distanceTransform((parts > 0).astype(np.uint8), cv2.DIST_L2, 3)
        height = cv2.GaussianBlur(np.sqrt(depth), (0, 0), rng.uniform(2, 8))
        light = rng.normal(0, 1, 2)
        slope = light[0] * cv2.Sobel(height, cv2.CV_32F, 1, 0) + light[1] * cv2.Sobel(
            height, cv2.CV_32F, 0, 1
        )
        colour = np.clip(colour * (1 + np.clip(slope * rng.uniform(0, 0.35), -0.7, 0.6))[..., None], 0, 255)
        return Thing(np.dstack([colour, (parts > 0) * 255]).astype(np.uint8), parts)

    def _dressed(self, thing: Thing) -> Thing:
        """Change a thing's colours; a part of it may get quite other ones."""
        rng = self.rng
        colour, alpha = thing.rgba[..., :3].astype(np.float32), thing.rgba[..., 3:]
        parts, solid = thing.parts, thing.rgba[..., 3] > 127
        if rng.random() < 0.65:
            colour = recoloured(rng, colour, boldly=rng.random() < 0.12)
        if rng.random() < 0.2 and solid.any():
            beyond = _beyond_a_line(rng, solid)
            other = recoloured(rng, np.clip(colour, 0, 255), boldly=True)
            colour = np.where(beyond[..., None], other, colour)
            parts = np.where(beyond, parts + 8, parts).astype(np.uint8)
        if rng.random() < 0.07:
            colour = colour * rng.uniform(0.15, 0.5)  # against the light
        return Thing(np.dstack([np.clip(colour, 0, 255), alpha]).astype(np.uint8), parts)


class Canvas:
    """A scene in the making."""

    def __init__(self, rng: Random, ground: Planes) -> None:
        """Begin with bare ground."""
        self.rng, self.picture = rng, ground
        self.objects = np.zeros((SIDE, SIDE), np.uint8)
        self.parts = np.zeros((SIDE, SIDE), np.uint8)
        self.last: npt.NDArray[np.float64] | None = None  # where the object before was put
        self.light = rng.normal(0, 1, 2)
        self._count = 0

    def place(self, thing: Thing, scale: float, *, joined: bool, close: bool) -> None:
        """Put a thing into the picture, `scale` of its side large; `joined`: as part of the object before."""
        rng = self.rng
        centre = np.clip(rng.normal(0.5, 0.17, 2), 0.08, 0.92) * SIDE
        if close and self.last is not None:
            centre = self.last + rng.normal(0, 0.13, 2) * SIDE
        colour, alpha, parts = warped(rng, thing, scale, centre)
        if (alpha > 0.5).sum() < LEAST:
            return
        if rng.random() < 0.15:
            colour = towards(rng, colour, alpha > 0.5, self.picture)
        if rng.random() < 0.2:
            colour = colour * shading(rng, SIDE, 0.25)
        sigma = rng.uniform(0.3, 1.5)
        if rng.random() < 0.5:
            colour, alpha = (
                cv2.GaussianBlur(colour, (0, 0), sigma * 0.7),
                cv2.GaussianBlur(alpha, (0, 0), sigma),
            )
        if rng.random() < 0.1:
            alpha = alpha * (1 - self._foreground(alpha))
        if (alpha > 0.5).sum() < LEAST:
            return
        if rng.random() < 0.45:
            self._shadow(alpha)
        self._paint(np.clip(colour, 0, 255), alpha, parts, joined=joined)
        self.last = centre

    def _paint(self, colour: Planes, alpha: Planes, parts: npt.NDArray[np.uint8], *, joined: bool) -> None:
        shares = alpha[..., None]
        self.picture = self.picture * (1 - shares) + colour * shares
        inside = alpha > 0.5
        self._count += 0 if joined and self._count else 1
        self.objects[inside] = self._count
        self.parts[inside] = np.maximum(parts[inside], 1) + (32 if joined else 0)

    def _shadow(self, alpha: Planes) -> None:
        """Darken the ground where the light does not come."""
        rng = self.rng
        reach = self.light / (np.hypot(*self.light) + 1e-6) * rng.uniform(0, 18)
        move = np.array([[1, rng.normal(0, 0.15), reach[0]], [0, 1, abs(reach[1])]], np.float32)
        shade = cv2.GaussianBlur(cv2.warpAffine(alpha, move, (SIDE, SIDE)), (0, 0), rng.uniform(1.5, 10))
        self.picture = self.picture * (1 - shade * rng.uniform(0.15, 0.65))[..., None]

    def _foreground(self, alpha: Planes) -> Planes:
        """Let something of the ground stand before an object, but never hide more than half of it."""
        cover = cv2.GaussianBlur(_region(self.rng), (0, 0), self.rng.uniform(0.4, 1.5))
        return cover if (cover * alpha).sum() < 0.5 * alpha.sum() else np.zeros_like(cover)


def warped(
    rng: Random, thing: Thing, scale: float, centre: npt.NDArray[np.float64]
) -> tuple[Planes, Planes, npt.NDArray[np.uint8]]:
    """Turn, stretch and bend a thing into a scene: colour (SIDE, SIDE, 3), alpha and parts (SIDE, SIDE)."""
    rgba, parts = thing.rgba, thing.parts
    factor = scale * SIDE / max(rgba.shape[:2])
    if factor < 0.8:
        size = (max(4, round(rgba.shape[1] * factor)), max(4, round(rgba.shape[0] * factor)))
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA)
        parts = cv2.resize(parts, size, interpolation=cv2.INTER_NEAREST)
        factor = 1.0
    across, down = factor * np.exp(rng.normal(0, 0.15, 2)) * (rng.choice([-1, 1]), 1)
    angle = rng.normal(0, 0.2) if rng.random() < 0.8 else rng.uniform(-np.pi, np.pi)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    x, y = columns - centre[0], rows - centre[1]
    if rng.random() < 0.6:
        bends = rng.normal(0, rng.uniform(0, 10) * scale, (2, 6, 6)).astype(np.float32)
        x, y = (
            plane + cv2.resize(bend, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            for plane, bend in zip((x, y), bends, strict=True)
        )
    height, width = rgba.shape[:2]
    source_x = ((x * np.cos(angle) + y * np.sin(angle)) / across + width / 2 - 0.5).astype(np.float32)
    source_y = ((y * np.cos(angle) - x * np.sin(angle)) / down + height / 2 - 0.5).astype(np.float32)
    colour = cv2.remap(
        np.ascontiguousarray(rgba[..., :3]),
        source_x,
        source_y,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    alpha = cv2.remap(np.ascontiguousarray(rgba[..., 3]), source_x, source_y, cv2.INTER_LINEAR)
    placed = cv2.remap(parts, source_x, source_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return colour.astype(np.float32), alpha.astype(np.float32) / 255, placed


def _region(rng: Random) -> Planes:
    """Draw 1 below a wavy line, or in blobs; 0 elsewhere."""
    if rng.random() < 0.6:
        wave = rng.normal(0, rng.uniform(1, 14), (1, int(rng.integers(3, 50)))).astype(np.float32)
        line = rng.uniform(0.2, 0.95) * SIDE + cv2.resize(wave, (SIDE, 1), interpolation=cv2.INTER_LINEAR)[0]
        return (np.arange(SIDE)[:, None] > line[None]).astype(np.float32)
    knots = int(rng.integers(3, 12))
    field = cv2.resize(
        rng.normal(0, 1, (knots, knots)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
    )
    return (field > rng.uniform(0.3, 1.4)).astype(np.float32)


def _beyond_a_line(rng: Random, solid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cut a shape in two along a line that leaves at least a fifth on each side."""
    angle = rng.uniform(-np.pi, np.pi)
    rows, columns = np.mgrid[: solid.shape[0], : solid.shape[1]]
    along = np.cos(angle) * columns + np.sin(angle) * rows
    return along > np.percentile(along[solid], rng.uniform(20, 80))
