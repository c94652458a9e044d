# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompts of one photograph, as a text file that a person writes while looking at the picture with a grid.

    dev
    object heron whole: bird
    line 181,97 204,120 260,131
    band 5
    in 2 190,100 200,118
    out 1 214,130
    unknown 2 255,128 262,133

The first line is the split. An object has a name, a reading (whole, part or group) and words that say what it is.
Each further line is a step; `STEPS` says what each means. Coordinates are pixels of the stored picture,
origin top left, fractions allowed. A `#` begins a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

STEPS = {
    "line": "a closed outline that the object fills, near its edge; several are several pieces",
    "hole": "a closed outline inside the object where it is not",
    "band": "how many pixels to each side of the outline the edge is looked for (0: the outline is the edge)",
    "in": "RADIUS and a stroke that is object for sure",
    "out": "RADIUS and a stroke that is not",
    "add": "a closed outline that belongs to the object, after the edge was found",
    "cut": "a closed outline that does not",
    "with": "names of earlier objects that belong to this one",
    "without": "names of earlier objects that do not",
    "within": "names of earlier objects outside of which this one does not reach",
    "unknown": "RADIUS and a stroke where nobody can say",
}
READINGS = ("whole", "part", "group")
SPLITS = ("train", "dev")
SHAPES, STROKES, NAMES = (
    ("line", "hole", "add", "cut"),
    ("in", "out", "unknown"),
    ("with", "without", "within"),
)
DEFAULT_BAND = 4.0

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Step:
    """One line of the file: its word, and whichever of points, a radius (or width) and names it has."""

    word: str
    points: Points = ()
    radius: float = 0.0
    names: tuple[str, ...] = ()


@dataclass
class Labelled:
    """One object: its name within the picture, how it is read, what it is, and the steps in their order."""

    name: str
    reading: str
    words: str
    steps: list[Step] = field(default_factory=list)

    def of(self, word: str) -> Iterator[Step]:
        """Yield the steps that begin with this word."""
        return (step for step in self.steps if step.word == word)

    @property
    def band(self) -> float:
        """Half the width of the strip in which the edge is looked for, in pixels."""
        return next((step.radius for step in self.of("band")), DEFAULT_BAND)


@dataclass(frozen=True)
class Prompts:
    """All that was said about one picture."""

    picture: str
    split: str
    objects: tuple[Labelled, ...]


def read(path: Path) -> Prompts:
    """Read a file of prompts; ValueError names the file and the line that says nothing known."""
    split, objects = "", list[Labelled]()
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.partition("#")[0].strip()
        try:
            if line.startswith("object "):
                objects.append(_heading(line))
            elif line in SPLITS:
                split = line
            elif line:
                objects[-1].steps.append(_step(line))
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from error
    if split not in SPLITS:
        raise ValueError(f"{path.name} begins with neither of {', '.join(SPLITS)}")
    return Prompts(path.stem, split, tuple(objects))


def _heading(line: str) -> Labelled:
    head, _, words = line.partition(":")
    _, name, reading = head.split()
    if reading not in READINGS or not words.strip():
        raise ValueError("an object has a name, a reading (whole, part, group), a colon and words")
    return Labelled(name, reading, words.strip())


def _step(line: str) -> Step:
    word, *rest = line.split()
    return _reader(word)(word, rest)


def _reader(word: str) -> Callable[[str, list[str]], Step]:
    if word in SHAPES:
        return lambda word, rest: Step(word, _points(rest))
    if word in STROKES:
        return lambda word, rest: Step(word, _points(rest[1:]), radius=float(rest[0]))
    if word in NAMES:
        return lambda word, rest: Step(word, names=tuple(rest))
    if word == "band":
        return lambda word, rest: Step(word, radius=float(rest[0]))
    raise ValueError(f"no step is called {word!r}")


def _points(texts: list[str]) -> Points:
    pairs = [text.split(",") for text in texts]
    return tuple((float(x), float(y)) for x, y in pairs)
