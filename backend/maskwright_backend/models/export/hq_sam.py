# SPDX-License-Identifier: GPL-3.0-or-later
"""HQ-SAM Light and SAM-HQ ViT-B, -L, -H from SysCV's code, in the `hq_sam` tensors.

SysCV's own decoder is traced: transformers' SamHQ (5.23) drops the two-way transformer's image tokens and gives
other, worse masks with the same weights.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .onnx_file import write_onnx
from .prompts import FREE_POINTS, decoder_inputs, embed_mask, embed_points
from .sam2 import SIDE

if TYPE_CHECKING:
    from pathlib import Path


class Output(Enum):
    """Which masks a decoder gives: the HQ mask alone, with SAM's single one added, or with each of SAM's three."""

    HQ_ONLY = "hq-only"
    SINGLE = "single"
    THREE = "three"


class _Encoder(nn.Module):
    """Normalised pixels to the image embedding and the stacked early layers of the backbone."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.encoder = model.image_encoder
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embeddings, early = self.encoder(image)
        result = embeddings, torch.stack(list(early))
        self.shapes = [tuple(int(size) for size in tensor.shape) for tensor in result]
        return result


class _Decoder(nn.Module):
    """Prompts to masks and scores; the padding point is the caller's."""

    def __init__(self, model: Any, output: Output) -> None:
        super().__init__()
        self.model, self.output = model, output

    def forward(
        self,
        image_embeddings: torch.Tensor,
        interm_embeddings: torch.Tensor,
        point_coords: torch.Tensor,
        point_labels: torch.Tensor,
        mask_input: torch.Tensor,
        has_mask_input: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        prompts, decoder = self.model.prompt_encoder, self.model.mask_decoder
        early = interm_embeddings[0].permute(0, 3, 1, 2)
        masks, scores = decoder.predict_masks(
            image_embeddings=image_embeddings,
            image_pe=prompts.get_dense_pe(),
            sparse_prompt_embeddings=embed_points(prompts, point_coords, point_labels, SIDE),
            dense_prompt_embeddings=embed_mask(prompts, mask_input, has_mask_input),
            hq_features=decoder.embedding_encoder(image_embeddings) + decoder.compress_vit_feat(early),
        )
        low, scores = select_masks(masks, scores, self.output)
        large = nn.functional.interpolate(low, (SIDE, SIDE), mode="bilinear", align_corners=False)
        return large, scores, low


def select_masks(
    masks: torch.Tensor, scores: torch.Tensor, output: Output
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the masks and scores of an output, out of SAM's single one, its three, and the HQ mask."""
    if output is Output.HQ_ONLY:
        return masks[:, 4:], scores[:, :1]
    if output is Output.SINGLE:
        return masks[:, :1] + masks[:, 4:], scores[:, :1]
    return masks[:, 1:4] + masks[:, 4:], scores[:, 1:4]


def export_hq_sam(
    model: Any, folder: Path, output: Output, image_name: str = "image"
) -> dict[str, torch.Tensor]:
    """Write `encoder.onnx` and `decoder.onnx` of SysCV's Sam with a MaskDecoderHQ into `folder`.

    Returns zeros of the embedding's shapes, for tracing another decoder of the same model.
    """
    names, encoder = ("image_embeddings", "interm_embeddings"), _Encoder(model)
    write_onnx(encoder, {image_name: torch.zeros(1, 3, SIDE, SIDE)}, names, folder / "encoder.onnx")
    embedding = {name: torch.zeros(*shape) for name, shape in zip(names, encoder.shapes, strict=True)}
    outputs = ("masks", "iou_predictions", "low_res_masks")
    write_onnx(
        _Decoder(model, output), decoder_inputs(embedding), outputs, folder / "decoder.onnx", FREE_POINTS
    )
    return embedding
