# SPDX-License-Identifier: GPL-3.0-or-later
"""HQ-SAM 2.1 from SysCV's code: SAM 2's three masks and the HQ mask, in the `hq_sam2` tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .onnx_file import write_onnx
from .prompts import FREE_POINTS, decoder_inputs, embed_mask, embed_points, with_padding_point
from .sam2 import LEVELS, SIDE

if TYPE_CHECKING:
    from pathlib import Path


class _Encoder(nn.Module):
    """Pixels to the levels of the pyramid, projected for the mask decoder, the no-memory embedding added."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        levels = self.model.forward_image(image)["backbone_fpn"][-3:]
        return levels[0], levels[1], levels[2] + self.model.no_mem_embed.reshape(1, -1, 1, 1)


class _Decoder(nn.Module):
    """Prompts to four masks (SAM's 1 to 3, the HQ mask) and SAM's three scores."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        image_embed: torch.Tensor,
        high_res_feats_0: torch.Tensor,
        high_res_feats_1: torch.Tensor,
        point_coords: torch.Tensor,
        point_labels: torch.Tensor,
        mask_input: torch.Tensor,
        has_mask_input: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        prompts = self.model.sam_prompt_encoder
        masks, scores, _, _ = self.model.sam_mask_decoder.predict_masks(
            image_embeddings=image_embed,
            image_pe=prompts.get_dense_pe(),
            sparse_prompt_embeddings=embed_points(
                prompts, *with_padding_point(point_coords, point_labels), SIDE
            ),
            dense_prompt_embeddings=embed_mask(prompts, mask_input, has_mask_input),
            repeat_image=False,
            high_res_features=[high_res_feats_0, high_res_feats_1],
        )
        low = masks[:, 1:]
        large = nn.functional.interpolate(low, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return large, scores[:, 1:], low


def export_hq_sam2(model: Any, folder: Path) -> None:
    """Write `encoder.onnx` and `decoder.onnx` of a SAM2HQBase into `folder`."""
    write_onnx(_Encoder(model), {"image": torch.zeros(1, 3, SIDE, SIDE)}, LEVELS, folder / "encoder.onnx")
    shapes = {"image_embed": (256, 64), "high_res_feats_0": (32, 256), "high_res_feats_1": (64, 128)}
    inputs = decoder_inputs({name: torch.zeros(1, c, side, side) for name, (c, side) in shapes.items()})
    outputs = ("masks", "iou_predictions", "low_res_masks")
    write_onnx(_Decoder(model), inputs, outputs, folder / "decoder.onnx", FREE_POINTS)
