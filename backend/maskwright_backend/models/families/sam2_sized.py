# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2 and 2.1 with the image's size as one more input of the decoder, as several exporters make it.

One kind has darktable-ai's names, and often no `low_res_masks`; the other, of osam and RectLabel, has its own. The
graphs add the half-pixel shift and the padding point, as the other exports of SAM 2 do.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import DecoderInputs, Family, Tensor

_PROMPTS = (
    Tensor("point_coords", (1, "points", 2)),
    Tensor("point_labels", (1, "points")),
    Tensor("mask_input", (1, 1, 256, 256)),
    Tensor("has_mask_input", (1,)),
    Tensor("orig_im_size", (2,), "int64"),
)
_LOGITS = (Tensor("low_res_masks", (1, 3, 256, 256)), Tensor("masks", (1, 3, "rows", "columns")))

SAM2_SIZED = Family(
    name="sam2_sized",
    title="SAM 2 (with the image's size)",
    preprocessing=Preprocessing(Resize.STRETCH),
    image=Tensor("image", (1, 3, 1024, 1024)),
    embedding=(
        Tensor("high_res_feats_0", (1, 32, 256, 256)),
        Tensor("high_res_feats_1", (1, 64, 128, 128)),
        Tensor("image_embed", (1, 256, 64, 64)),
    ),
    decoder=_PROMPTS,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, 3)),
    inputs=DecoderInputs(image_size="orig_im_size"),
    masks=3,
    feedback_clamp=32.0,
)

SAM2_OSAM = Family(
    name="sam2_osam",
    title="SAM 2 (osam, RectLabel)",
    preprocessing=Preprocessing(Resize.STRETCH),
    image=Tensor("input", (1, 3, 1024, 1024)),
    embedding=(
        Tensor("image_embeddings", (1, 256, 64, 64)),
        Tensor("high_res_features1", (1, 32, 256, 256)),
        Tensor("high_res_features2", (1, 64, 128, 128)),
    ),
    decoder=_PROMPTS,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, 3)),
    inputs=DecoderInputs(image_size="orig_im_size"),
    masks=3,
    feedback_clamp=32.0,
)
