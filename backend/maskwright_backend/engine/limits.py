# SPDX-License-Identifier: GPL-3.0-or-later
"""What one request may cost: said in a sentence before it is paid. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maskwright_shared.errors import RequestError
from maskwright_shared.messages import MAX_VIEW_PIXELS, MOST_POINTS

if TYPE_CHECKING:
    from maskwright_shared.geometry import View
    from maskwright_shared.messages import Prompted


def check_points(request: Prompted) -> None:
    """Refuse more points than a decoder has memory for.

    Raises:
        RequestError: `request.prompt`.
    """
    count = len(request.points)
    if count > MOST_POINTS:
        raise RequestError(
            "request.prompt",
            f"There are {count} points, and {MOST_POINTS} are the most: leave some out, or give what is selected "
            "already as a mask.",
        )


def check_view(view: View, masks: int) -> None:
    """Refuse a preview of more pixels than any screen has; its `masks` share them.

    Raises:
        RequestError: `request.view`.
    """
    if masks * view.columns * view.rows > MAX_VIEW_PIXELS:
        each = f"{masks} previews" if masks > 1 else "A preview"
        raise RequestError(
            "request.view",
            f"{each} of {view.columns} x {view.rows} pixels cost too much: {MAX_VIEW_PIXELS:,} pixels in all are the "
            "most, so ask for fewer columns and rows.",
        )
