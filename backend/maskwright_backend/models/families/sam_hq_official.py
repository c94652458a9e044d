# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM-HQ as SysCV's own script exports it: one input more, the image's size as (height, width)."""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import DecoderInputs, Family, PaddingPoint, Tensor

SAM_HQ_OFFICIAL = Family(
    name="sam_hq_official",
    title="SAM-HQ (official export)",
    preprocessing=Preprocessing(
        Resize.LONGEST_SIDE, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), value_range=255.0
    ),
    image=Tensor("pixel_values", (1, 3, 1024, 1024)),
    embedding=(
        Tensor("image_embeddings", (1, 256, 64, 64)),
        Tensor("interm_embeddings", ("layers", 1, 64, 64, "channels")),
    ),
    decoder=(
        Tensor("point_coords", (1, "points", 2)),
        Tensor("point_labels", (1, "points")),
        Tensor("mask_input", (1, 1, 256, 256)),
        Tensor("has_mask_input", (1,)),
        Tensor("orig_im_size", (2,)),
    ),
    logits=(Tensor("low_res_masks", (1, "masks", 256, 256)),),
    scores=Tensor("iou_predictions", (1, "masks")),
    inputs=DecoderInputs(image_size="orig_im_size"),
    padding_point=PaddingPoint.WITHOUT_BOX,
)
