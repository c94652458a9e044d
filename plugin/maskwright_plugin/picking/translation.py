# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the image's coordinates and the picture's, which the daemon knows alone."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from maskwright_shared.geometry import Bounds, Box, Point, View
from maskwright_shared.messages import MaskOptions, Masks

from ..host import Mask
from .prompts import Prompts
from .state import Preview

PREVIEW_SIDE = 2048


class Translation(NamedTuple):
    """A picture at `bounds` of the image, its name at the daemon, and the model that looks at it."""

    bounds: Bounds
    image: str
    model: str

    def prompted(self, prompts: Prompts, options: MaskOptions) -> Dict[str, Any]:
        """Return what Segment and Apply share, without the mask prompt."""
        dx, dy = self.bounds.x, self.bounds.y
        box = prompts.box
        return {
            "image": self.image,
            "model": self.model,
            "points": tuple(Point(point.x - dx, point.y - dy, point.foreground) for point in prompts.points),
            "box": None if box is None else Box(box.x0 - dx, box.y0 - dy, box.x1 - dx, box.y1 - dy),
            "options": options,
        }

    def corner(self, bounds: Bounds) -> Tuple[int, int]:
        """Return where the top-left pixel of `bounds` lies in the picture."""
        return bounds.x - self.bounds.x, bounds.y - self.bounds.y

    def view(self, wanted: Optional[View]) -> View:
        """Return the wanted view in the picture's coordinates, the whole picture for None."""
        if wanted is None:
            return View.whole(self.bounds.width, self.bounds.height, PREVIEW_SIDE)
        return wanted._replace(x=wanted.x - self.bounds.x, y=wanted.y - self.bounds.y)

    def previews(self, reply: Masks, view: View) -> List[Preview]:
        """Return the previews of a reply to a Segment for `view` (the picture's coordinates), as in the reply."""
        shown = view._replace(x=view.x + self.bounds.x, y=view.y + self.bounds.y)
        frames = list(reply.alpha)
        previews = []
        for info in reply.masks:
            alpha, frames = b"".join(frames[: info.frames]), frames[info.frames :]
            values = (info.bounds, alpha, info.candidate, info.score, info.stability, info.area)
            previews.append(Preview(shown, *values))
        return previews

    def mask(self, reply: Masks) -> Mask:
        """Return the first mask of a reply to an Apply."""
        info = reply.masks[0]
        alpha = b"".join(reply.alpha[: info.frames])
        return Mask(info.bounds.moved(self.bounds.x, self.bounds.y), alpha)
