# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2's mask decoder with HQ-SAM 2's fifth mask (Ke et al., arXiv 2306.01567), parameters named as published.

A token beside SAM's four asks the transformer; the mask is the product of what comes back, through `hf_mlp`, with the
upscaled embedding after two more convolutions.
"""

from __future__ import annotations

import importlib

import torch
from torch import nn


class HqDecoder(nn.Module):
    """The parts of a MaskDecoder of the package `sam2`, and the HQ mask's own."""

    def __init__(self, plain):
        super().__init__()
        parts = importlib.import_module("sam2.modeling.sam2_utils")
        width = plain.transformer_dim
        for name, part in plain.named_children():
            setattr(self, name, part)
        self.hf_token = nn.Embedding(1, width)
        self.hf_mlp = parts.MLP(width, width, width // 8, 3)
        self.embedding_maskfeature = nn.Sequential(
            nn.Conv2d(width // 8, width // 4, 3, padding=1),
            parts.LayerNorm2d(width // 4),
            nn.GELU(),
            nn.Conv2d(width // 4, width // 8, 3, padding=1),
        )

    def predict_masks(
        self,
        image_embeddings,
        image_pe,
        sparse_prompt_embeddings,
        dense_prompt_embeddings,
        high_res_features,
        **_,
    ):
        """Return masks (1, 5, 256, 256), SAM's four and the HQ mask, and SAM's four scores."""
        own = (self.obj_score_token, self.iou_token, self.mask_tokens, self.hf_token)
        tokens = torch.cat([table.weight for table in own])[None]
        tokens = torch.cat([tokens, sparse_prompt_embeddings], dim=1)
        cells = image_embeddings + dense_prompt_embeddings
        answers, seen = self.transformer(cells, image_pe, tokens)
        first, middle, last = (
            high_res_features[0],
            high_res_features[1],
            seen.transpose(1, 2).reshape(cells.shape),
        )
        grow, normalise, bend, grow_again, bend_again = self.output_upscaling
        upscaled = bend_again(grow_again(bend(normalise(grow(last) + middle))) + first)
        fine = self.embedding_maskfeature(upscaled)
        weights = [mlp(answers[:, 2 + index]) for index, mlp in enumerate(self.output_hypernetworks_mlps)]
        plain = torch.einsum("bkc,bchw->bkhw", torch.stack(weights, dim=1), upscaled)
        exact = torch.einsum("bc,bchw->bhw", self.hf_mlp(answers[:, 2 + len(weights)]), fine)
        return torch.cat([plain, exact[:, None]], dim=1), self.iou_prediction_head(answers[:, 1]), None, None
