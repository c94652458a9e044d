# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 3's tracker, the part that answers clicks, as onnx-community converts it from transformers.

The tensors are those of its SAM 2 with other sizes: a square of 1008 in patches of 14, normalised by 0.5 and 0.5.
The part that finds things by their names is a model of another kind.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import BoxRule, DecoderInputs, Family, PaddingPoint, Tensor

_HALF = (0.5, 0.5, 0.5)

SAM3_TRACKER = Family(
    name="sam3_tracker",
    title="SAM 3 (tracker)",
    preprocessing=Preprocessing(Resize.STRETCH_ROUNDED, side=1008, mean=_HALF, std=_HALF),
    image=Tensor("pixel_values", ("batch", 3, "side", "side")),
    embedding=(
        Tensor("image_embeddings.0", ("batch", 32, "side/3.5", "side/3.5")),
        Tensor("image_embeddings.1", ("batch", 64, "side/7", "side/7")),
        Tensor("image_embeddings.2", ("batch", 256, "side/14", "side/14")),
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
