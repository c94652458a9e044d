# SPDX-License-Identifier: GPL-3.0-or-later
"""SlimSAM and SAM as transformers.js has them: the encoder also gives the positions, and there are points alone.

The graph adds the padding point. Its prompt encoder knows labels 0 and 1; a box is given as the point in its middle.
"""

from __future__ import annotations

from ...imaging.preprocess import Preprocessing, Resize
from ..family import BoxRule, DecoderInputs, Family, Tensor

SAM_TRANSFORMERS = Family(
    name="sam_transformers",
    title="SAM (transformers.js)",
    preprocessing=Preprocessing(
        Resize.LONGEST_SIDE, mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), value_range=255.0
    ),
    image=Tensor("pixel_values", ("batch", 3, "side", "side")),
    embedding=(
        Tensor("image_embeddings", ("batch", 256, "side/16", "side/16")),
        Tensor("image_positional_embeddings", ("batch", 256, "side/16", "side/16")),
    ),
    decoder=(
        Tensor("input_points", ("batch", "prompts", "points", 2)),
        Tensor("input_labels", ("batch", "prompts", "points"), "int64"),
    ),
    logits=(Tensor("pred_masks", ("batch", "prompts", 3, "rows", "columns")),),
    scores=Tensor("iou_scores", ("batch", "prompts", 3)),
    inputs=DecoderInputs("input_points", "input_labels", mask=None, has_mask=None),
    box=BoxRule.MIDDLE,
    masks=3,
)
