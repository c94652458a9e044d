# SPDX-License-Identifier: GPL-3.0-or-later
"""Label a photograph: look at it with a grid, write its prompts, look at the masks, write them.

The commands, each after `python -m training.labels`:
    grid NAME ... --views FOLDER    draws the picture with coordinates
    show NAME ... --views FOLDER    draws the masks of its prompts on it
    write [NAME ...]                writes masks (without names: all), and the table of objects
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from . import masks, prompts, sheets
from .dataset import FOLDER
from .edges import Pixels

VALUES = (0, 128, 255)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Label objects on photographs.")
    parser.add_argument("what", choices=("grid", "show", "write"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--views", type=Path, default=Path("views"))
    arguments = parser.parse_args()
    if arguments.what == "write":
        names = arguments.names or sorted(path.stem for path in (FOLDER / "prompts").glob("*.txt"))
        for name in names:
            write(name)
        write_table()
        return 0
    arguments.views.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        view = grid(name) if arguments.what == "grid" else show(name)
        view.save(arguments.views / f"{name}.{arguments.what}.png")
    return 0


def grid(name: str) -> Image.Image:
    """Draw the picture with coordinates."""
    return sheets.grid(picture(name))


def show(name: str) -> Image.Image:
    """Draw what the prompts of a picture make."""
    return sheets.overlay(picture(name), masks.masks(picture(name), prompts.read(prompt_file(name))))


def write(name: str) -> None:
    """Write the masks of one picture, and remove those it no longer has."""
    found = masks.masks(picture(name), prompts.read(prompt_file(name)))
    for stale in (FOLDER / "masks").glob(f"{name}.*.png"):
        stale.unlink()
    for part, mask in found.items():
        few_bits(mask).save(FOLDER / "masks" / f"{name}.{part}.png", optimize=True)


def write_table() -> None:
    """Write `objects.json` from all prompts."""
    read = [prompts.read(path) for path in sorted((FOLDER / "prompts").glob("*.txt"))]
    rows = [
        {
            "picture": one.picture,
            "object": item.name,
            "reading": item.reading,
            "split": one.split,
            "words": item.words,
        }
        for one in read
        for item in one.objects
    ]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (FOLDER / "objects.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


def few_bits(mask: Pixels) -> Image.Image:
    """Return a mask as the smallest image that holds it: one bit, or grey with `VALUES` where some is unknown."""
    image = Image.fromarray(mask)
    return image if (mask == VALUES[1]).any() else image.convert("1", dither=Image.Dither.NONE)


def picture(name: str) -> Pixels:
    """Read a stored photograph, RGB."""
    with Image.open(FOLDER / "pictures" / f"{name}.jpg") as file:
        return np.asarray(file.convert("RGB"))


def prompt_file(name: str) -> Path:
    """Say where the prompts of a picture are."""
    return FOLDER / "prompts" / f"{name}.txt"


if __name__ == "__main__":
    sys.exit(main())
