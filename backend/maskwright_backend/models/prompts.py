# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompts that a decode starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from maskwright_shared.geometry import Box, Point


@dataclass(frozen=True)
class ModelPrompts:
    """Prompts in image coordinates; `mask_input` is float32 (n, n) logits, 256 a side or the family's own."""

    points: tuple[Point, ...] = ()
    box: Box | None = None
    mask_input: npt.NDArray[np.float32] | None = None

    @property
    def is_single_click(self) -> bool:
        """Whether there is one foreground point and nothing else, which leaves open what object is meant."""
        return (
            len(self.points) == 1
            and self.points[0].foreground
            and self.box is None
            and self.mask_input is None
        )
