# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour models of object and background on one grid: two histograms over the encoder's palette."""

from __future__ import annotations

from . import palette
from .graph import Tensor

FLOOR = 0.001  # what an unseen colour counts for
LIMIT = 5.0  # the most that colour alone may say, in log odds
CLICK_SHARE = 0.25  # the part of a histogram that the cells at the clicks make up


class Colours:
    """The shares in the palette, [K,S*S], of the cells of one grid."""

    def __init__(self, planes: Tensor, size: int) -> None:
        """Take an encoder's tensor [1,C,size,size], whose first channels are the shares."""
        self.size = size
        self.shares = planes.cut(1, 0, palette.SIZE).reshape(palette.SIZE, size * size)
        self._columns = self.shares.transpose(1, 0)

    def histogram(self, weight: Tensor) -> Tensor:
        """Count the palette over the cells, weighted: [B,1,S,S] to [B,K], rows sum to 1 (0 for no weight)."""
        count = weight.reshape(-1, self.size * self.size) @ self._columns
        return count / (count.sum(1) + 1e-4)

    def spread(self, values: Tensor) -> Tensor:
        """Give each cell the mixture of the palette's values: [B,K] to [B,1,S,S]."""
        return (values @ self.shares).reshape(-1, 1, self.size, self.size)


class ClickColours:
    """What the clicks say of the two colours; it stays part of every later estimate."""

    def __init__(
        self, colours: Colours, object_discs: Tensor, background_discs: Tensor, has: tuple[Tensor, Tensor]
    ) -> None:
        """Take the discs around the clicks [1,1,S,S] and whether there are any, each [1,1,1,1]."""
        self.histograms = [colours.histogram(discs) for discs in (object_discs, background_discs)]
        self.shares = [flag.reshape(1, 1) * CLICK_SHARE for flag in has]

    def log_odds(self, colours: Colours, inside: Tensor, nearby: Tensor) -> Tensor:
        """Compare object and background, seen `nearby` only, colour by colour: [B,1,S,S] twice to [B,K]."""
        logs = []
        for weight, clicked, share in zip(
            (inside, (1.0 - inside) * nearby), self.histograms, self.shares, strict=True
        ):
            mixed = colours.histogram(weight) * (1.0 - share) + clicked * share
            logs.append((mixed + FLOOR).log())
        return (logs[0] - logs[1]).clip(-LIMIT, LIMIT)
