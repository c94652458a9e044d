# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask prompt's file: read, and what is odd about it said."""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from maskwright_shared.errors import RequestError

from ...imaging.files import read_mask

Pixels = NDArray[np.uint8]


def read_mask_prompt(
    arguments: argparse.Namespace, width: int, height: int
) -> tuple[Pixels | None, list[str]]:
    """Return the mask prompt as (height, width) alpha, None without one, and notes about it.

    A mask in which nothing is inside prompts nothing: it is left out where there are other prompts.

    Raises:
        RequestError: it is empty, and the only prompt.
        ImageError: it cannot be read, or is not of the image's size.
    """
    path = arguments.mask
    if path is None:
        return None, []
    alpha, labels = read_mask(path, width, height)
    if not (alpha > 127).any():
        if not (arguments.point or arguments.background or arguments.box):
            raise RequestError(
                "request.prompt", f"The mask prompt {path} is empty: nothing in it is white, or opaque."
            )
        return None, [f"The mask prompt {path} is empty, nothing in it is white, or opaque: it was left out."]
    if labels:
        return alpha, [f"The mask prompt {path} holds labels: all but 0 was taken as inside."]
    return alpha, []
