# SPDX-License-Identifier: GPL-3.0-or-later
"""HQ-SAM Light (ViT-Tiny, 160 channels, one layer) and SAM-HQ ViT-B, -L, -H in transformers' split.

The encoder gives one or four early layers of its backbone, of which a decoder reads the first; the decoder
gives the HQ mask alone, or three candidates.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import Family, PaddingPoint, Tensor

HQ_SAM = Family(
    name="hq_sam",
    title="HQ-SAM",
    preprocessing=Preprocessing(
        Resize.LONGEST_SIDE, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), value_range=255.0
    ),
    image=Tensor("image", (1, 3, 1024, 1024)),
    embedding=(
        Tensor("image_embeddings", (1, 256, 64, 64)),
        Tensor("interm_embeddings", ("layers", 1, 64, 64, "channels")),
    ),
    decoder=(
        Tensor("point_coords", (1, "points", 2)),
        Tensor("point_labels", (1, "points")),
        Tensor("mask_input", (1, 1, 256, 256)),
        Tensor("has_mask_input", (1,)),
    ),
    logits=(Tensor("low_res_masks", (1, "masks", 256, 256)), Tensor("masks", (1, "masks", 1024, 1024))),
    scores=Tensor("iou_predictions", (1, "masks")),
    padding_point=PaddingPoint.WITHOUT_BOX,
)
