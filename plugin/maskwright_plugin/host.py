# SPDX-License-Identifier: GPL-3.0-or-later
"""What an editor must be able to do for Maskwright: the Host protocol, and the few types that cross it.

Host-neutral code sees only these. Coordinates are the image's (the document's), origin at the top left. A host
is called on the editor's main thread alone.
"""

from __future__ import annotations

import enum
from typing import Any, Callable, NamedTuple, Optional, Protocol

from maskwright_shared.geometry import Bounds


class Source(enum.Enum):
    """Where the pixels come from: the active layer alone, or all that is visible."""

    LAYER = "layer"
    PROJECTION = "projection"


class Target(enum.Enum):
    """What a mask becomes."""

    SELECTION = "selection"
    LAYER_MASK = "layer_mask"
    SAVED_SELECTION = "saved_selection"
    NEW_LAYER = "new_layer"


class Operation(enum.Enum):
    """How a mask joins the selection that is there."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


class Picture(NamedTuple):
    """Pixels as read from the host: 8-bit sRGB, rows from the top without padding.

    `data` holds width x height x (bytes a pixel of `channels`) bytes, `channels` is a key of
    `maskwright_shared.messages.CHANNELS`, and `bounds` says where the pixels lie in the image. The data is
    never changed after it was handed over.
    """

    bounds: Bounds
    channels: str
    data: Any


class Mask(NamedTuple):
    """8-bit alpha inside `bounds` (image coordinates), 255 inside; all outside of it is 0."""

    bounds: Bounds
    alpha: Any


class HostError(Exception):
    """The host cannot do what was asked; the text is one sentence for the user that says what to do."""


Finished = Callable[[Optional[HostError]], None]
"""Called once on the main thread when a write has ended: with None, or with why nothing was changed."""


class Host(Protocol):
    """One open image of an editor, as Maskwright sees it."""

    def image_bounds(self) -> Bounds:
        """Return the image's rectangle: (0, 0, width, height)."""
        ...

    def read_picture(self, source: Source) -> Picture:
        """Return the pixels of the source, converted to 8-bit sRGB, clipped to the image.

        Raises:
            HostError: no image, no pixels there (an empty or a wrong kind of layer), or too many.
        """
        ...

    def read_selection(self) -> Optional[Mask]:
        """Return the active selection, clipped to the image, or None where nothing is selected."""
        ...

    def write_mask(self, mask: Mask, target: Target, operation: Operation, finished: Finished) -> None:
        """Turn the mask into the target in one undo step, then call `finished`; it may return before that.

        `operation` joins with the selection for Target.SELECTION and is ignored for the others. Nothing is
        changed when it fails. An empty mask is an error for all targets but the selection.
        """
        ...
