# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompt encoding for traced decoders: the same sums as segment-anything's prompt encoder, without branches.

The prompt encoders of segment-anything, SAM 2 and both HQ-SAMs carry the same parts under the same names.
"""

from __future__ import annotations

from typing import Any

import torch


def embed_points(encoder: Any, coords: torch.Tensor, labels: torch.Tensor, side: int) -> torch.Tensor:
    """Return (1, N, C) for coords (1, N, 2) in the square's pixels and float labels (1, N) of -1 to 3."""
    embedding = encoder.pe_layer._pe_encoding((coords + 0.5) / side)  # noqa: SLF001 - no public way in there
    tags = labels.unsqueeze(-1)
    embedding = embedding * (tags != -1) + encoder.not_a_point_embed.weight * (tags == -1)
    for label, table in enumerate(encoder.point_embeddings):
        embedding = embedding + table.weight * (tags == label)
    return embedding


def with_padding_point(coords: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the points with (0, 0), label -1, after them."""
    return torch.cat([coords, torch.zeros_like(coords[:, :1])], 1), torch.cat(
        [labels, -torch.ones_like(labels[:, :1])], 1
    )


def embed_mask(encoder: Any, mask: torch.Tensor, has_mask: torch.Tensor) -> torch.Tensor:
    """Return (1, C, 64, 64): the mask input's embedding where `has_mask` is 1, else that of no mask."""
    none = encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
    return has_mask * encoder.mask_downscaling(mask) + (1.0 - has_mask) * none


def decoder_inputs(embedding: dict[str, torch.Tensor], points: int = 3) -> dict[str, torch.Tensor]:
    """Return sample inputs of a decoder with the SAM-style prompt tensors, after its embedding."""
    return {
        **embedding,
        "point_coords": torch.rand(1, points, 2) * 1023.0,
        "point_labels": torch.tensor([[1.0, 0.0, -1.0]])[:, :points],
        "mask_input": torch.zeros(1, 1, 256, 256),
        "has_mask_input": torch.ones(1),
    }


FREE_POINTS = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
"""The axes that a SAM-style decoder leaves open."""
