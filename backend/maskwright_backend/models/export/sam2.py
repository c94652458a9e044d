# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2 and 2.1 of any size from transformers' Sam2Model: the `sam2` and `sam2_preconverted` tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .onnx_file import write_onnx, write_weights_beside
from .prompts import FREE_POINTS, decoder_inputs, with_padding_point

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 1024
LEVELS = ("high_res_feats_0", "high_res_feats_1", "image_embed")
NUMBERED = ("image_embeddings.0", "image_embeddings.1", "image_embeddings.2")


class _Encoder(nn.Module):
    """Pixels to the two high-resolution features and the image embedding, the no-memory embedding added."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.model.get_image_embeddings(image))


class _Decoder(nn.Module):
    """The prompt encoder and the mask decoder with SAM-style inputs; the padding point is added here."""

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
        prompts = self.model.prompt_encoder
        coords, labels = with_padding_point(point_coords, point_labels)
        sparse = prompts._embed_points(coords[:, None], labels[:, None].long(), pad=False)  # noqa: SLF001
        none = prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = has_mask_input * prompts.mask_embed(mask_input) + (1.0 - has_mask_input) * none
        features = (high_res_feats_0, high_res_feats_1)
        masks, scores, _ = _decode(self.model, image_embed, features, sparse, dense)
        low = masks[:, 0]
        large = nn.functional.interpolate(low, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return large, scores[:, 0], low


class _PreconvertedDecoder(nn.Module):
    """The same with transformers' own inputs, and no mask input."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        level_0: torch.Tensor,
        level_1: torch.Tensor,
        level_2: torch.Tensor,
        input_points: torch.Tensor,
        input_labels: torch.Tensor,
        input_boxes: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        prompts = self.model.prompt_encoder
        points = prompts._embed_points(input_points, input_labels, pad=False)  # noqa: SLF001
        boxes = prompts._embed_boxes(input_boxes)  # noqa: SLF001
        sparse = torch.cat([points, boxes.reshape(points.shape[0], 1, -1, points.shape[-1])], dim=2)
        dense = prompts.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(points.shape[0], -1, 64, 64)
        masks, scores, objects = _decode(self.model, level_2, (level_0, level_1), sparse, dense)
        return scores, masks, objects


def _decode(
    model: Any,
    embed: torch.Tensor,
    features: tuple[torch.Tensor, ...],
    sparse: torch.Tensor,
    dense: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    masks, scores, _, objects = model.mask_decoder(
        image_embeddings=embed,
        image_positional_embeddings=model.get_image_wide_positional_embeddings(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=True,
        high_resolution_features=list(features),
    )
    return masks, scores, objects


def export_sam2(model: Any, folder: Path) -> None:
    """Write `encoder.onnx` and `decoder.onnx` of a Sam2Model into `folder`."""
    write_onnx(_Encoder(model), {"image": torch.zeros(1, 3, SIDE, SIDE)}, LEVELS, folder / "encoder.onnx")
    shapes = {"image_embed": (256, 64), "high_res_feats_0": (32, 256), "high_res_feats_1": (64, 128)}
    inputs = decoder_inputs({name: torch.zeros(1, c, side, side) for name, (c, side) in shapes.items()})
    outputs = ("masks", "iou_predictions", "low_res_masks")
    write_onnx(_Decoder(model), inputs, outputs, folder / "decoder.onnx", FREE_POINTS)


def export_preconverted(model: Any, folder: Path) -> None:
    """Write the hub's two files, with their weights in external data files, into `folder`/onnx."""
    encoder, decoder = folder / "onnx/vision_encoder.onnx", folder / "onnx/prompt_encoder_mask_decoder.onnx"
    write_onnx(_Encoder(model), {"pixel_values": torch.zeros(1, 3, SIDE, SIDE)}, NUMBERED, encoder)
    shapes = ((32, 256), (64, 128), (256, 64))
    inputs = {name: torch.zeros(1, c, side, side) for name, (c, side) in zip(NUMBERED, shapes, strict=True)}
    inputs["input_points"] = torch.rand(1, 1, 2, 2) * SIDE
    inputs["input_labels"] = torch.tensor([[[1, 0]]])
    inputs["input_boxes"] = torch.rand(1, 1, 4) * SIDE
    free = {
        "input_points": {2: "num_points"},
        "input_labels": {2: "num_points"},
        "input_boxes": {1: "num_boxes"},
    }
    outputs = ("iou_scores", "pred_masks", "object_score_logits")
    write_onnx(_PreconvertedDecoder(model), inputs, outputs, decoder, free)
    write_weights_beside(encoder, encoder)
    write_weights_beside(decoder, decoder)
