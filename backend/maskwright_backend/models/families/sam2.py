# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2 and 2.1 of every size, in the export of darktable-ai; also the built-in model's contract.

Newer exports leave `low_res_masks` out and give `masks` at 256 x 256. The logits are clamped before they are
fed back, as facebookresearch/sam2 does.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import Family, Tensor

SAM2 = Family(
    name="sam2",
    title="SAM 2",
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
    logits=(Tensor("low_res_masks", (1, 3, 256, 256)), Tensor("masks", (1, 3, "rows", "columns"))),
    scores=Tensor("iou_predictions", (1, 3)),
    masks=3,
    feedback_clamp=32.0,
)
