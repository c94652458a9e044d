# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts that cannot be meant are refused, those that seldom are get a note."""

from __future__ import annotations

import argparse

from maskwright_shared.errors import RequestError
from maskwright_shared.messages import MAX_POINTS


def check_prompts(arguments: argparse.Namespace, width: int, height: int) -> None:
    """Refuse prompts that lie outside the image, too many of them, or none.

    Raises:
        RequestError: `request.prompt`.
    """
    points = arguments.point + arguments.background
    if not points and arguments.box is None and arguments.mask is None:
        raise _refused("There is nothing to segment by: give --point, --box or --mask.")
    if len(points) > MAX_POINTS:
        raise _refused(f"{len(points):,} points are too many: {MAX_POINTS:,} are the most.")
    for x, y in points:
        if not (0 <= x <= width and 0 <= y <= height):
            raise _refused(
                f"The point {x:g},{y:g} lies outside the image, which has {width} x {height} pixels."
            )
    box = arguments.box
    if box is not None and (box.x1 <= 0 or box.y1 <= 0 or box.x0 >= width or box.y0 >= height):
        raise _refused(f"The box lies outside the image, which has {width} x {height} pixels.")


def strays(arguments: argparse.Namespace) -> list[str]:
    """Return a sentence for each point on the object that its own box leaves out: allowed, but seldom meant."""
    box = arguments.box
    if box is None:
        return []
    return [
        f"The point {x:g},{y:g} lies outside the box from {box.x0:g},{box.y0:g} to {box.x1:g},{box.y1:g}: "
        "leave one of the two out if too little is selected."
        for x, y in arguments.point
        if not (box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)
    ]


def _refused(sentence: str) -> RequestError:
    return RequestError("request.prompt", sentence)
