# SPDX-License-Identifier: GPL-3.0-or-later
"""What gestures over the preview tell."""

from __future__ import annotations

from typing import Optional, Protocol, Tuple

from maskwright_shared.geometry import Box


class Listener(Protocol):
    """Positions are the image's."""

    def on_click(self, x: float, y: float, *, foreground: bool) -> None:
        """The user pointed at something that belongs to the object, or does not."""

    def on_box(self, box: Box) -> None:
        """The user drew a box."""

    def on_hover(self, position: Optional[Tuple[float, float]]) -> None:
        """The pointer is there, or has left the picture."""
