# SPDX-License-Identifier: GPL-3.0-or-later
"""EfficientViT-SAM: the original SAM's prompts in a square of 1024, pictures in one of 512, and no mask input.

The four candidates are the single-mask token and the three others. Some encoders take the resized pixels as they are.
"""

from __future__ import annotations

from ...imaging.other_inputs import RawPixels
from ...imaging.preprocess import Preprocessing, Resize
from ..family import CandidateRule, DecoderInputs, Family, PaddingPoint, Tensor

_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_EMBEDDING = (Tensor("image_embeddings", ("batch", 256, 64, 64)),)
_DECODER = (Tensor("point_coords", (1, "points", 2)), Tensor("point_labels", (1, "points")))
_LOGITS = (Tensor("low_res_masks", (1, "masks", 256, 256)), Tensor("masks", (1, "masks", 256, 256)))
_INPUTS = DecoderInputs(mask=None, has_mask=None)
PROMPT_SIDE = 1024

EFFICIENTVIT_SAM = Family(
    name="efficientvit_sam",
    title="EfficientViT-SAM",
    preprocessing=Preprocessing(Resize.LONGEST_SIDE, side=512, mean=_MEAN, std=_STD, value_range=255.0),
    image=Tensor("input_image", ("batch", 3, "side", "side")),
    embedding=_EMBEDDING,
    decoder=_DECODER,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, "masks")),
    inputs=_INPUTS,
    padding_point=PaddingPoint.WITHOUT_BOX,
    candidates=CandidateRule(with_single=4),
    prompt_side=PROMPT_SIDE,
)

EFFICIENTVIT_SAM_RAW_PIXELS = Family(
    name="efficientvit_sam_raw_pixels",
    title="EfficientViT-SAM (encoder that normalises by itself)",
    preprocessing=RawPixels(Resize.LONGEST_SIDE, mean=_MEAN, std=_STD, value_range=255.0),
    image=Tensor("input_image", ("rows", "columns", 3), also=("uint8",)),
    embedding=_EMBEDDING,
    decoder=_DECODER,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, "masks")),
    inputs=_INPUTS,
    padding_point=PaddingPoint.WITHOUT_BOX,
    candidates=CandidateRule(with_single=4),
)
