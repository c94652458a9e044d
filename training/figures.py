# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn objects of several parts: limbs, discs and plates joined at random, each part with a texture of its own."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .colour import Random

SIDE = 256  # of the sheet a figure is drawn on


def figure(rng: Random) -> npt.NDArray[np.uint8]:
    """Draw one figure: part numbers from 1, 0 outside; (SIDE, SIDE)."""
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    joints = [np.array([SIDE / 2, SIDE / 2]) + rng.normal(0, 10, 2)]
    mirrored = rng.random() < 0.4
    shared = int(rng.integers(2, 5))
    _plate(rng, sheet, joints[0], rng.uniform(22, 55), 1)
    for _ in range(int(rng.integers(1, 8))):
        start = joints[rng.integers(len(joints))]
        angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(25, 70)
        end = np.clip(start + length * np.array([np.cos(angle), np.sin(angle)]), 20, SIDE - 20)
        number = int(rng.integers(1, shared + 1))
        if rng.random() < 0.7:
            _limb(rng, sheet, start, end, number)
        if rng.random() < 0.6:
            _plate(rng, sheet, end, rng.uniform(8, 32), number)
        joints.append(end)
    if mirrored:
        sheet = np.maximum(sheet, sheet[:, ::-1])
    return sheet


def _limb(
    rng: Random,
    sheet: npt.NDArray[np.uint8],
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    number: int,
) -> None:
    """Draw a bent, tapering limb."""
    bend = (start + end) / 2 + rng.normal(0, 12, 2)
    first, last = rng.uniform(5, 18), rng.uniform(3, 12)
    for part in np.linspace(0, 1, 40):
        at = (1 - part) ** 2 * start + 2 * part * (1 - part) * bend + part**2 * end
        cv2.circle(sheet, (int(at[0]), int(at[1])), int(first + (last - first) * part), number, -1)


def _plate(
    rng: Random, sheet: npt.NDArray[np.uint8], centre: npt.NDArray[np.float64], radius: float, number: int
) -> None:
    """Draw an ellipse or a polygon with some corners."""
    corners = int(rng.integers(3, 8)) if rng.random() < 0.35 else 40
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, np.pi)
    stretch = np.array([1.0, rng.uniform(0.4, 1.0)])
    turn = rng.uniform(0, np.pi)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * radius * stretch
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    cv2.fillPoly(sheet, [(ring @ rotation + centre).astype(np.int32)], number)
