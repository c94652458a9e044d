# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon is asked: the prompts of one moment, as the messages that it understands."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from maskwright_shared.geometry import Bounds, Point, View
from maskwright_shared.messages import Apply, MaskOptions, Segment

from .prompts import Prompts
from .translation import Translation


class Question(NamedTuple):
    """The prompts and all that an answer depends on; `view` is in the picture's coordinates.

    `candidate` is the one that is to be shown (None leaves it to the model), `previous` the one that was shown
    before the last change, on which the mask builds. `window` is the part of the picture that is looked at alone,
    as the daemon named it; None for the whole. `slot` and `generation` say which question overtakes which.
    """

    translation: Translation
    prompts: Prompts
    options: MaskOptions
    candidate: Optional[int]
    previous: Optional[int]
    view: View
    slot: str
    generation: int
    window: Optional[Bounds] = None

    @property
    def mask_corner(self) -> Tuple[int, int]:
        """Where the top-left pixel of the mask prompt lies in the picture."""
        assert self.prompts.mask is not None  # noqa: S101 - nobody asks where nothing lies
        return self.translation.corner(self.prompts.mask.bounds)

    def segment(self) -> Segment:
        """Ask for all candidates as seen in the view."""
        return Segment(
            **self.translation.prompted(self.prompts, self.options),
            candidate=self.candidate,
            previous=self.previous,
            window=self.window,
            slot=self.slot,
            generation=self.generation,
            view=self.view,
            all_candidates=True,
        )

    def hover(self, point: Point) -> Segment:
        """Ask what one click more would select; it would build on the candidate that is shown.

        It is about the whole picture: the pointer may be anywhere.
        """
        now = self.prompts._replace(points=(*self.prompts.points, point))
        return Segment(
            **self.translation.prompted(now, self.options),
            previous=self.candidate,
            slot=self.slot,
            generation=self.generation,
            view=self.view,
        )

    def apply(self) -> Apply:
        """Ask for the shown mask at the picture's full size."""
        return Apply(
            **self.translation.prompted(self.prompts, self.options),
            candidate=self.candidate,
            previous=self.previous,
            window=self.window,
        )
