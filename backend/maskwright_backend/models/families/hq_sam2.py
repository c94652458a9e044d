# SPDX-License-Identifier: GPL-3.0-or-later
"""HQ-SAM 2.1: SAM 2.1's three candidates, and a fourth, the HQ mask, which has no predicted IoU.

The HQ mask alone is shown first (the repository's `hq_token_only`); the others are SAM's own.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import CandidateRule, Family, Tensor

HQ_SAM2 = Family(
    name="hq_sam2",
    title="HQ-SAM 2",
    preprocessing=Preprocessing(Resize.STRETCH),
    image=Tensor("image", (1, 3, 1024, 1024)),
    embedding=(
        Tensor("high_res_feats_0", (1, 32, 256, 256)),
        Tensor("high_res_feats_1", (1, 64, 128, 128)),
        Tensor("image_embed", (1, 256, 64, 64)),
    ),
    decoder=(
        Tensor("point_coords", (1, "points", 2)),
        Tensor("point_labels", (1, "points")),
        Tensor("mask_input", (1, 1, 256, 256)),
        Tensor("has_mask_input", (1,)),
    ),
    logits=(Tensor("low_res_masks", (1, 4, 256, 256)), Tensor("masks", (1, 4, "rows", "columns"))),
    scores=Tensor("iou_predictions", (1, 3)),
    masks=4,
    candidates=CandidateRule(fixed=3),
    feedback_clamp=32.0,
)
