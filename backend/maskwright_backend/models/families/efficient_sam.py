# SPDX-License-Identifier: GPL-3.0-or-later
"""EfficientSAM: the original SAM's prompts on a stretched picture, with names and axes of its own.

The encoder takes values of 0 to 1 at any size, stretches them without antialias and normalises them; here they come
stretched. The decoder knows two corners of a box, pads its points itself, reads the first six, and has no mask input.
"""

from __future__ import annotations

from ...imaging.other_inputs import PlainStretch
from ...imaging.preprocess import Resize
from ..family import DecoderInputs, Family, Tensor

EFFICIENT_SAM = Family(
    name="efficient_sam",
    title="EfficientSAM",
    preprocessing=PlainStretch(Resize.STRETCH, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
    image=Tensor("batched_images", ("batch", 3, "rows", "columns")),
    embedding=(Tensor("image_embeddings", ("batch", 256, 64, 64)),),
    decoder=(
        Tensor("batched_point_coords", ("batch", "queries", "points", 2)),
        Tensor("batched_point_labels", ("batch", "queries", "points")),
        Tensor("orig_im_size", (2,), "int64"),
    ),
    logits=(
        Tensor("low_res_masks", (1, 3, 256, 256)),
        Tensor("output_masks", (1, 3, "rows", "columns")),
    ),
    scores=Tensor("iou_predictions", ("batch", "queries", 3)),
    inputs=DecoderInputs(
        "batched_point_coords",
        "batched_point_labels",
        mask=None,
        has_mask=None,
        image_size="orig_im_size",
        size_divisor=1,
    ),
    masks=3,
)
