# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read and accepted before a model is fetched."""

from __future__ import annotations

from typing import NamedTuple, Tuple

from .facts import Row
from .words import Words, size


class Acceptance(NamedTuple):
    """A title, paragraphs to read, and the words of the button that accepts."""

    title: str
    paragraphs: Tuple[str, ...]
    button: str


def acceptance(row: Row, words: Words) -> Acceptance:
    """Return the text for a model; it says all that its card restricts, whether or not there is anything."""
    licence = row.licence or words("unknown")
    paragraphs = [
        words("{0}. Download: {1}; on the disk: {2}.", row.name, size(row.download), size(row.disk)),
        words("Licence of the weights: {0}", licence),
    ]
    if row.training_data:
        paragraphs.append(words("Trained on: {0}", row.training_data))
    paragraphs += [words(restriction) for restriction in row.restrictions]
    if not row.restrictions:
        return Acceptance(words("Get this model?"), tuple(paragraphs), words("Get"))
    paragraphs.append(words("What you accept is noted beside the model. Nothing was downloaded yet."))
    return Acceptance(words("Read this first"), tuple(paragraphs), words("Accept and Get"))
