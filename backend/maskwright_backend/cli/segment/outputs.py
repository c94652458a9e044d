# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files the command writes, and that none of them is one of its inputs, or another of its outputs."""

from __future__ import annotations

import argparse
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from maskwright_shared.errors import ImageError, RequestError

SUFFIX = "-mask.png"


class Outputs(NamedTuple):
    """The paths by what goes there, and the files that are read."""

    files: dict[str, Path]
    inputs: dict[str, Path]
    candidates: Path | None
    """The name from which those of the candidates are made, where they are wanted."""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Outputs:
        """Return what the arguments ask for; without any output that is the mask, beside nothing."""
        named = {"mask": arguments.output, "overlay": arguments.overlay, "cutout": arguments.cutout}
        files = {name: path for name, path in named.items() if path is not None}
        if not files or (arguments.candidates and "mask" not in files):
            files["mask"] = Path(arguments.image.stem + SUFFIX)
        inputs = {"image": arguments.image, "mask prompt": arguments.mask}
        return cls(
            files,
            {name: path for name, path in inputs.items() if path is not None},
            files["mask"] if arguments.candidates else None,
        )

    def check(self) -> None:
        """Refuse what would write over an input, or two outputs into one, and what cannot be written.

        Raises:
            RequestError: `request.output` for such names.
            ImageError: `image.write` for a folder that is missing or cannot be written.
        """
        for path in self.files.values():
            _check_suffix(path)
            _check_place(path)
        for name, path, other_name, other in self._pairs():
            if _is_same(path, other):
                raise RequestError(
                    "request.output",
                    f"The {name} would be written over the {other_name} ({other}): give it another name.",
                )
        for name, path in [*self.inputs.items(), *self.files.items()]:
            if self.candidates is not None and _is_candidate(path, self.candidates):
                raise RequestError(
                    "request.output",
                    f"A candidate would be written over the {name} ({path}): give the mask another name.",
                )

    def candidate(self, index: int) -> Path:
        """Return where a candidate goes."""
        assert self.candidates is not None  # noqa: S101 - asked for where they are wanted
        return self.candidates.with_name(f"{self.candidates.stem}.{index}.png")

    def _pairs(self) -> Iterator[tuple[str, Path, str, Path]]:
        earlier = dict(self.inputs)
        for name, path in self.files.items():
            for other_name, other in earlier.items():
                yield name, path, other_name, other
            earlier[name] = path


def _is_same(one: Path, other: Path) -> bool:
    """Whether two names lead to one file: by links, by other spellings, or, on some disks, by upper and lower case.

    Where both are there the disk itself knows. Where one is there, it is not the other. Where none is yet, names
    are all there is.
    """
    try:
        there = one.exists(), other.exists()
        if all(there):
            return one.samefile(other)
    except (OSError, ValueError):
        there = (False, False)
    return not any(there) and _spelled(one) == _spelled(other)


def _spelled(path: Path) -> str:
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()


def _is_candidate(path: Path, base: Path) -> bool:
    """Whether a file has a name that a candidate may get."""
    names = [path.name, Path(os.path.realpath(path)).name]
    folders = [path.parent, Path(os.path.realpath(path)).parent]
    pattern = re.compile(re.escape(unicodedata.normalize("NFC", base.stem)) + r"\.\d+\.png", re.IGNORECASE)
    return any(
        pattern.fullmatch(unicodedata.normalize("NFC", name)) and _is_same(folder, base.parent)
        for name, folder in zip(names, folders, strict=True)
    )


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in ("", ".png"):
        raise RequestError(
            "request.output",
            f"{path} does not end in .png, but a PNG is what is written: name it {path.stem}.png.",
        )


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise ImageError("image.write", f"The folder {path.parent} does not exist: make it first.")
    if path.is_dir():
        raise ImageError("image.write", f"{path} is a folder: name a file in it.")
    if not os.access(path.parent, os.W_OK):
        raise ImageError("image.write", f"The folder {path.parent} cannot be written: choose another.")
