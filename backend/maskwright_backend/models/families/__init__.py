# SPDX-License-Identifier: GPL-3.0-or-later
"""The model families, in the order in which recognition prefers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .efficient_sam import EFFICIENT_SAM
from .efficientvit_sam import EFFICIENTVIT_SAM, EFFICIENTVIT_SAM_RAW_PIXELS
from .hq_sam import HQ_SAM
from .hq_sam2 import HQ_SAM2
from .sam import SAM, SAM_RAW_PIXELS
from .sam2 import SAM2
from .sam2_preconverted import SAM2_PRECONVERTED
from .sam2_sized import SAM2_OSAM, SAM2_SIZED
from .sam3_tracker import SAM3_TRACKER
from .sam_hq_official import SAM_HQ_OFFICIAL
from .sam_transformers import SAM_TRANSFORMERS
from .segnext import SEGNEXT

if TYPE_CHECKING:
    from ..family import Family

FAMILIES: tuple[Family, ...] = (
    SAM2,
    HQ_SAM2,
    SAM2_SIZED,
    SAM2_OSAM,
    SAM2_PRECONVERTED,
    SAM3_TRACKER,
    HQ_SAM,
    SAM_HQ_OFFICIAL,
    SAM,
    SAM_RAW_PIXELS,
    SAM_TRANSFORMERS,
    EFFICIENT_SAM,
    EFFICIENTVIT_SAM,
    EFFICIENTVIT_SAM_RAW_PIXELS,
    SEGNEXT,
)
