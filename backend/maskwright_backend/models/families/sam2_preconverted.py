# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2.1 as onnx-community converts it from transformers: other names, int64 labels, a box tensor, no mask input.

The vision encoder comes as `onnx/vision_encoder.onnx` and the decoder as
`onnx/prompt_encoder_mask_decoder.onnx`, with their weights in external data files or inside. A box alone goes
with no point at all, as transformers.js sends it: a point with the label -10 would still be attended to. EdgeTAM has
the same tensors.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import BoxRule, DecoderInputs, Family, PaddingPoint, Tensor

SAM2_PRECONVERTED = Family(
    name="sam2_preconverted",
    title="SAM 2 (pre-converted)",
    preprocessing=Preprocessing(Resize.STRETCH_ROUNDED),
    image=Tensor("pixel_values", ("batch", 3, "side", "side")),
    embedding=(
        Tensor("image_embeddings.0", ("batch", 32, "side/4", "side/4")),
        Tensor("image_embeddings.1", ("batch", 64, "side/8", "side/8")),
        Tensor("image_embeddings.2", ("batch", 256, "side/16", "side/16")),
    ),
    decoder=(
        Tensor("input_points", ("batch", 1, "points", 2)),
        Tensor("input_labels", ("batch", 1, "points"), "int64"),
        Tensor("input_boxes", ("batch", "boxes", 4)),
    ),
    logits=(Tensor("pred_masks", ("batch", "prompts", 3, "rows", "columns")),),
    scores=Tensor("iou_scores", ("batch", "prompts", 3)),
    inputs=DecoderInputs("input_points", "input_labels", mask=None, has_mask=None, boxes="input_boxes"),
    box=BoxRule.TENSOR,
    padding_point=PaddingPoint.WITHOUT_BOX,
    masks=3,
)
