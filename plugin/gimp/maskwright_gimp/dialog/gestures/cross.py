# SPDX-License-Identifier: GPL-3.0-or-later
"""The cross by which the keyboard points; it is there while the preview has the focus."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from ..preview.canvas import Canvas
from .listener import Listener


class Cross:
    """Moves over the canvas, hovers where it stands, and clicks there."""

    def __init__(self, canvas: Canvas, listener: Listener) -> None:
        self._canvas = canvas
        self._listener = listener
        self._position: Optional[Tuple[float, float]] = None
        self._hovers = False
        canvas.widget.connect("focus-out-event", self._on_focus_out)

    def move(self, dx: int, dy: int) -> None:
        """Move by screen pixels; it first appears in the middle of what is seen."""
        viewport = self._canvas.viewport
        if viewport is None:
            return
        x, y = self._position or viewport.to_image(viewport.width / 2, viewport.height / 2)
        bounds, zoom = viewport.bounds, viewport.zoom
        x = min(max(x + dx / zoom, bounds.x + 0.5), bounds.right - 0.5)
        y = min(max(y + dy / zoom, bounds.y + 0.5), bounds.bottom - 0.5)
        self._position = (x, y)
        self._canvas.show_cursor(self._position)
        self._hovers = True
        self._listener.on_hover(self._position)

    def click(self, *, foreground: bool) -> None:
        """Click where it stands."""
        if self._position is not None:
            self._hovers = False
            self._listener.on_hover(None)
            self._listener.on_click(*self._position, foreground=foreground)

    def yield_hover(self) -> None:
        """Leave hovering to the pointer."""
        self._hovers = False

    def _on_focus_out(self, _widget: Any, _event: Any) -> bool:
        self._position = None
        self._canvas.show_cursor(None)
        if self._hovers:  # the pointer's hovering stays
            self._hovers = False
            self._listener.on_hover(None)
        return False
