# SPDX-License-Identifier: GPL-3.0-or-later
"""Photographs with true masks: our own labelled ones, or any folder of NAME.jpg and NAME.truth.png."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from .clicks import Mask

OBJECT, UNKNOWN = 200, 50  # grey levels of a truth picture: above, between


@dataclass(frozen=True)
class Labelled:
    """One object in one photograph: RGB (H, W, 3), the truth, and where nobody can say."""

    picture: str
    name: str
    rgb: npt.NDArray[np.uint8]
    truth: Mask
    unknown: Mask


def labelled(folder: Path, split: str = "") -> Iterator[Labelled]:
    """Yield every object in a folder, of one split ("train" or "dev") where the folder has any.

    Our own folder has `objects.json`, `pictures/PICTURE.jpg` and `masks/PICTURE.OBJECT.png`.
    """
    index = folder / "objects.json"
    if not index.exists():
        for truth in sorted(folder.glob("*.truth.png")):
            name = truth.name.removesuffix(".truth.png")
            yield _read(folder / f"{name}.jpg", truth, name, name)
        return
    for entry in json.loads(index.read_text(encoding="utf-8")):
        if split in ("", entry["split"]):
            picture, name = entry["picture"], entry["object"]
            mask = folder / "masks" / f"{picture}.{name}.png"
            yield _read(folder / "pictures" / f"{picture}.jpg", mask, picture, name)


def _read(photograph: Path, mask: Path, picture: str, name: str) -> Labelled:
    rgb = cv2.cvtColor(cv2.imread(str(photograph)), cv2.COLOR_BGR2RGB)
    grey = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    return Labelled(picture, name, rgb, grey > OBJECT, (grey > UNKNOWN) & (grey < OBJECT))


def scenes(folder: Path, split: str) -> list[npt.NDArray[np.uint8]]:
    """Give the labelled objects of a split as scenes (H, W, 5), each with one of the parts that were labelled in it."""
    objects = list(labelled(folder, split))
    made = []
    for one in objects:
        inner = [
            other.truth
            for other in objects
            if other.picture == one.picture and other is not one and _lies_in(other.truth, one.truth)
        ]
        for part in inner or [np.zeros_like(one.truth)]:
            labels = np.dstack([one.truth, one.truth + (part & one.truth)]).astype(np.uint8)
            made.append(np.dstack([one.rgb[..., ::-1], labels]))
    return made


def _lies_in(inner: Mask, outer: Mask) -> bool:
    return bool(inner.sum() < 0.7 * outer.sum() and (inner & outer).sum() > 0.9 * inner.sum())
