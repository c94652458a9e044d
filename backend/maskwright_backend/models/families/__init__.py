# SPDX-License-Identifier: GPL-3.0-or-later
"""The model families, in the order in which recognition prefers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hq_sam import HQ_SAM
from .hq_sam2 import HQ_SAM2
from .sam import SAM, SAM_RAW_PIXELS
from .sam2 import SAM2
from .sam2_preconverted import SAM2_PRECONVERTED
from .sam_hq_official import SAM_HQ_OFFICIAL
from .segnext import SEGNEXT

if TYPE_CHECKING:
    from ..family import Family

FAMILIES: tuple[Family, ...] = (
    SAM2,
    HQ_SAM2,
    SAM2_PRECONVERTED,
    HQ_SAM,
    SAM_HQ_OFFICIAL,
    SAM,
    SAM_RAW_PIXELS,
    SEGNEXT,
)
