# SPDX-License-Identifier: GPL-3.0-or-later
"""The original SAM and MobileSAM, as segment_anything's own script exports the decoder, with `orig_im_size`.

Encoders are everybody's own: some take the normalised square, some the resized pixels as they are (rows, columns,
RGB) and normalise and pad by themselves; the only input and the only output have any name. EfficientViT-SAM comes so
too, its pictures in a square of 512. Four candidates are the single-mask token and the three others.
"""

from __future__ import annotations

from ...imaging.other_inputs import RawPixels
from ...imaging.preprocess import Preprocessing, Resize
from ..family import CandidateRule, DecoderInputs, Family, PaddingPoint, Tensor

_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_EMBEDDING = (Tensor("image_embeddings", ("batch", 256, 64, 64)),)
_DECODER = (
    Tensor("point_coords", (1, "points", 2)),
    Tensor("point_labels", (1, "points")),
    Tensor("mask_input", (1, 1, 256, 256)),
    Tensor("has_mask_input", (1,)),
    Tensor("orig_im_size", (2,)),
)
_LOGITS = (Tensor("low_res_masks", (1, "masks", 256, 256)),)

SAM = Family(
    name="sam",
    title="SAM",
    preprocessing=Preprocessing(Resize.LONGEST_SIDE, mean=_MEAN, std=_STD, value_range=255.0),
    image=Tensor("image", ("batch", 3, "side", "side")),
    embedding=_EMBEDDING,
    decoder=_DECODER,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, "masks")),
    inputs=DecoderInputs(image_size="orig_im_size"),
    padding_point=PaddingPoint.WITHOUT_BOX,
    candidates=CandidateRule(with_single=4),
    prompt_side=1024,
)

SAM_RAW_PIXELS = Family(
    name="sam_raw_pixels",
    title="SAM (encoder that normalises by itself)",
    preprocessing=RawPixels(Resize.LONGEST_SIDE, mean=_MEAN, std=_STD, value_range=255.0),
    image=Tensor("input_image", ("rows", "columns", 3), also=("uint8",)),
    embedding=_EMBEDDING,
    decoder=_DECODER,
    logits=_LOGITS,
    scores=Tensor("iou_predictions", (1, "masks")),
    inputs=DecoderInputs(image_size="orig_im_size"),
    padding_point=PaddingPoint.WITHOUT_BOX,
    candidates=CandidateRule(with_single=4),
)
