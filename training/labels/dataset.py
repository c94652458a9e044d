# SPDX-License-Identifier: GPL-3.0-or-later
"""Load the labelled photographs: one true mask for each pair of picture and object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .edges import Mask, Pixels
from .masks import OBJECT, UNKNOWN

FOLDER = Path(__file__).parents[1] / "photographs"


@dataclass(frozen=True)
class Example:
    """One object on one photograph.

    `reading` is whole, part or group; `split` is train or dev, the same for all objects of a picture.
    """

    picture: str
    name: str
    reading: str
    words: str
    split: str
    folder: Path = FOLDER

    def image(self) -> Pixels:
        """Read the photograph: RGB, (height, width, 3)."""
        with Image.open(self.folder / "pictures" / f"{self.picture}.jpg") as file:
            return np.asarray(file.convert("RGB"))

    def values(self) -> Pixels:
        """Read the mask as it is stored: (height, width), 255 object, 0 background, 128 unknown."""
        with Image.open(self.folder / "masks" / f"{self.picture}.{self.name}.png") as file:
            return np.asarray(file.convert("L"))

    def truth(self) -> tuple[Mask, Mask]:
        """Read what is object, and what is unknown and not to be counted."""
        values = self.values()
        return values == OBJECT, values == UNKNOWN


def examples(split: str | None = None, folder: Path = FOLDER) -> Iterator[Example]:
    """Yield the objects of one split, or of both, in a fixed order."""
    for row in _table(folder / "objects.json"):
        if split in (None, row["split"]):
            yield Example(
                row["picture"], row["object"], row["reading"], row["words"], row["split"], folder=folder
            )


def sources(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return for each picture its author, licence, source, package, file there, and what was changed."""
    return {row["picture"]: row for row in _table(folder / "sources.json")}


def _table(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows
