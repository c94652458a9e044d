# SPDX-License-Identifier: GPL-3.0-or-later
"""Six first guesses for one prompt, two for each candidate (part, whole, group), on the grid of 64 x 64.

A guess has a start (the object, roughly), a place (log odds that stay for all rounds) and what lies nearby (the
surroundings that the background's colours are taken from). Without an earlier mask the six differ in size; with one,
in how much of it they hold on to and how far a correction reaches.
"""

from __future__ import annotations

import numpy as np

from .graph import Array, Tensor
from .prompts import FAR, Prompt

SIZE = 64
SURE = 60.0  # log odds of what the user said outright


def each(*values: float) -> Array:
    """Give one number per hypothesis, to broadcast over [6,1,S,S]."""
    return np.array(values, np.float32).reshape(-1, 1, 1, 1)


RADIUS = each(0.06, 0.09, 0.13, 0.18, 0.25, 0.35)  # the disc around a click, as a part of the image's side
INSET = each(0.3, 0.2, 0.12, 0.06, 0.02, 0.0)  # how far a box shrinks for the start
FILLING = each(-0.8, -0.4, -0.1, 0.1, 0.3, 0.6)  # log odds of a cell in a box
HOLD = each(3.0, 2.0, 1.5, 1.5, 1.5, 1.5)  # log odds of the earlier mask
CORRECTION = 3.0  # log odds in the middle of a correction
WIDTH = each(1.0, 1.5, 1.5, 2.0, 2.5, 3.0)  # of a correction, squared, relative to the wrong region's depth


class Hypotheses:
    """`start`, `place` and `nearby` [6,1,64,64], and the clicks' discs [1,1,64,64]."""

    def __init__(self, prompt: Prompt) -> None:
        """Work all of it out of the prompt."""
        self.prompt, self.squares = prompt, prompt.squared_distances(SIZE)
        self.distances = self.squares.reshape(1, -1, SIZE, SIZE)
        self.depth = prompt.box_depth(SIZE)
        self.in_box = self.depth.above(0.0)
        self.seeds = prompt.seeds(SIZE, 0.8)
        discs = self._object_discs()
        self.object_discs, self.background_discs = discs.cut(0, 0, 1), self._background_discs()
        self.start, self.place = self._first(discs)
        self.nearby = self._nearby()

    def _first(self, discs: Tensor) -> tuple[Tensor, Tensor]:
        has_box, has_mask = self.prompt.has_box, self.prompt.has_mask
        start = either(has_box, (self.depth - INSET).above(0.0), discs) * (1.0 - self.background_discs)
        place = either(has_box, self._place_in_box(), self._place_at_clicks())
        kept, hold = self._correct()
        allowed = either(has_box, self.in_box, self.in_box * 0.0 + 1.0)
        place = either(has_mask, hold, place) + (allowed - 1.0) * (SURE / 2) + self.seeds * SURE
        return either(has_mask, kept, start) * allowed, place

    def _object_discs(self) -> Tensor:
        """Draw a soft disc around each foreground click, kept clear of background clicks: [6,1,64,64]."""
        room = self.prompt.between(self.prompt.negative).reshape(1, -1, 1, 1) * 0.36
        discs = (-self.distances / room.minimum(RADIUS * RADIUS)).exp()
        return (discs * self.prompt.positive.reshape(1, -1, 1, 1)).max(1)

    def _background_discs(self) -> Tensor:
        room = (self.prompt.between(self.prompt.positive) * 0.25).minimum(0.01)
        return ((-self.squares / room).exp() * self.prompt.negative).max(0).reshape(1, 1, SIZE, SIZE)

    def _place_at_clicks(self) -> Tensor:
        """Fall with the distance to foreground clicks, and with the nearness of background clicks."""
        near, far = (
            self.prompt.nearest(self.squares, kind) for kind in (self.prompt.positive, self.prompt.negative)
        )
        falling = (1.0 - self._distance() / (RADIUS * 2.5)).clip(-2.0, 1.0) * self.prompt.has_positive
        closer = far / (near + far + 1e-6) * 2.0 - 1.0
        return falling + closer * self.prompt.has_negative * self.prompt.has_positive

    def _place_in_box(self) -> Tensor:
        return self.in_box * ((self.depth * 4.0 - 1.0).clip(-1.0, 0.5) * 0.2 + FILLING)

    def _distance(self) -> Tensor:
        return (self.prompt.nearest(self.squares, self.prompt.positive) + 1e-6).sqrt()

    def _nearby(self) -> Tensor:
        reach = self._distance() / (RADIUS * 5.0)
        around_clicks = (reach * reach * -1.0).exp() + 0.05
        around_box = (self.prompt.box_gap(SIZE) * (-1 / 0.12)).exp() + 0.02
        nearby = either(self.prompt.has_box, around_box, around_clicks)
        return either(self.prompt.has_mask, nearby * 0.0 + 1.0, nearby)

    def _correct(self) -> tuple[Tensor, Tensor]:
        """Change the earlier mask where a click contradicts it; the start and the log odds that follow.

        How far a correction reaches is read from the mask: as far as the click lies from the mask's other side.
        """
        earlier = self.prompt.mask_input.mean_pool(4).clip(-8.0, 8.0).sigmoid()
        inside = earlier.reshape(1, SIZE, SIZE).above(0.5)
        bumps = []
        for kind, same in ((self.prompt.positive, 1.0 - inside), (self.prompt.negative, inside)):
            depth = (self.squares + same * FAR).min(1, 2).minimum(0.25) * kind
            bumps.append((-self.distances / (depth.reshape(1, -1, 1, 1) * WIDTH + 1e-6)).exp().max(1))
        added, removed = (bump.reshape(-1, 1, SIZE, SIZE) for bump in bumps)
        start = (earlier * (1.0 - removed)).maximum(added)
        hold = (earlier * 2.0 - 1.0) * HOLD * (1.0 - removed.maximum(added)) + (added - removed) * CORRECTION
        return start, hold


def either(flag: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Choose by a 0/1 flag [1,1,1,1]."""
    return yes * flag + no * (1.0 - flag)
