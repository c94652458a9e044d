# SPDX-License-Identifier: GPL-3.0-or-later
"""A store of scenes on the disk, made once, so that training can stop and go on without making them again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from .scenes import SIDE, Composer

CHANNELS = 5  # blue, green, red, object, part


def fill(assets: Path, target: Path, count: int, seed: int) -> None:
    """Write `count` scenes to `target`, a numpy file (count, SIDE, SIDE, 5) of bytes."""
    composer = Composer(assets, seed)
    partial = target.with_suffix(".partial")
    store = np.lib.format.open_memmap(partial, "w+", np.uint8, (count, SIDE, SIDE, CHANNELS))
    for index in range(count):
        scene = composer.scene()
        store[index] = np.dstack([scene.picture, scene.objects, scene.parts])
    store.flush()
    partial.rename(target)


def opened(folder: Path) -> list[npt.NDArray[np.uint8]]:
    """Open every store in a folder without reading it."""
    return [np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))]
