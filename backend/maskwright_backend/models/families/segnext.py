# SPDX-License-Identifier: GPL-3.0-or-later
"""SegNext (ViT-B, SAx2) as darktable-ai exports it: one mask at 1024 x 1024, clicks and the mask before.

The encoder normalises by itself and was trained on images stretched without antialias. The mask before goes in as
a probability, as SegNext's own predictor keeps it; each click is best given with it. A click is a disk of a few
pixels around a whole pixel of the square, to which that predictor rounds. There is no predicted IoU, no padding
point and no box.
"""

from __future__ import annotations

from ...imaging.other_inputs import PlainStretch
from ...imaging.preprocess import Resize
from ..family import BoxRule, DecoderInputs, Family, Tensor

SEGNEXT = Family(
    name="segnext",
    title="SegNext",
    preprocessing=PlainStretch(Resize.STRETCH, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
    image=Tensor("image", (1, 3, 1024, 1024)),
    embedding=(Tensor("image_feats", (1, "channels", 64, 64)),),
    decoder=(
        Tensor("point_coords", (1, "points", 2)),
        Tensor("point_labels", (1, "points")),
        Tensor("prev_mask", (1, 1, 1024, 1024)),
    ),
    logits=(Tensor("mask", (1, 1, 1024, 1024)),),
    scores=None,
    inputs=DecoderInputs(mask="prev_mask", has_mask=None),
    box=BoxRule.MASK,
    masks=1,
    mask_side=1024,
    mask_as_probability=True,
    chained=True,
    whole_points=True,
)
