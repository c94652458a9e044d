# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn stand-ins for the pictures that training takes from Debian."""

from __future__ import annotations

import cv2
import numpy as np


def write_assets(folder):
    """Write a few pictures of each kind, the same every time."""
    random = np.random.default_rng(5)
    for kind in ("cutouts", "drawn", "grounds", "textures"):
        (folder / kind).mkdir(parents=True)
        for index in range(3):
            picture = _cutout(random) if kind in ("cutouts", "drawn") else _ground(random)
            cv2.imwrite(str(folder / kind / f"{index}.png"), picture)
    (folder / "counts.json").write_text("{}", encoding="utf-8")


def _cutout(random):
    picture = np.zeros((90, 120, 4), np.uint8)
    colour = tuple(int(value) for value in random.integers(30, 220, 3))
    cv2.ellipse(picture, (60, 45), (50, 35), 0, 0, 360, (*colour, 255), -1)
    return picture


def _ground(random):
    coarse = random.integers(0, 255, (12, 16, 3)).astype(np.uint8)
    return cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
