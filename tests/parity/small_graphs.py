# SPDX-License-Identifier: GPL-3.0-or-later
"""transformers' SAM and SAM-HQ, and a SAM 2 with a fourth mask, as graphs with the documented tensors.

Written from the documented contracts, beside the product's own exports; only the tracer is shared.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from maskwright_backend.models.export.onnx_file import write_onnx

POINTS = {"point_coords": {1: "num_points"}, "point_labels": {1: "num_points"}}
OUTPUTS = ("masks", "iou_predictions", "low_res_masks")


class _Encoder(nn.Module):
    """Pixels to the image embedding, and with SAM-HQ the early layers."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        made = self.model.get_image_embeddings(pixels)
        return (made[0], torch.stack(list(made[1]))) if isinstance(made, tuple) else made


class _Decoder(nn.Module):
    """The prompts of the SAM-style contract; `answers` are the decoder runs whose masks are put after one another."""

    def __init__(self, model, answers):
        super().__init__()
        self.model, self.answers = model, answers

    def low_res(self, embedding, early, coords, labels, mask, has_mask):
        model, prompts = self.model, self.model.prompt_encoder
        sparse = prompts.shared_embedding(coords[:, None] + 0.5, (1024, 1024))[:, 0]
        sparse = torch.where(labels[..., None] == -1, prompts.not_a_point_embed.weight, sparse)
        for label, table in enumerate(prompts.point_embed):
            sparse = sparse + table.weight * (labels[..., None] == label)
        none = prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = torch.where(has_mask.reshape(1, 1, 1, 1) > 0, prompts.mask_embed(mask), none)
        results = [
            model.mask_decoder(
                image_embeddings=embedding,
                image_positional_embeddings=model.get_image_wide_positional_embeddings(),
                sparse_prompt_embeddings=sparse[:, None],
                dense_prompt_embeddings=dense,
                **early,
                **answer,
            )[:2]
            for answer in self.answers
        ]
        masks, scores = (torch.cat(parts, dim=2)[:, 0] for parts in zip(*results, strict=True))
        return masks, scores


class _HqDecoder(_Decoder):
    def forward(self, embedding, early, coords, labels, mask, has_mask):
        low, scores = self.low_res(
            embedding, {"intermediate_embeddings": [early[0]]}, coords, labels, mask, has_mask
        )
        return _large(low, (1024, 1024)), scores, low


class _SamDecoder(_Decoder):
    """With `orig_im_size`, as segment_anything's script has it: the masks come at that size."""

    def forward(self, embedding, coords, labels, mask, has_mask, size):
        low, scores = self.low_res(embedding, {}, coords, labels, mask, has_mask)
        fitted = torch.floor(size * 1024.0 / torch.max(size) + 0.5).to(torch.int64)
        square = _large(low, (1024, 1024))[..., : fitted[0], : fitted[1]]
        size = size.to(torch.int64)
        return _large(square, (size[0], size[1])), scores, low


class _WithFourth(nn.Module):
    """SAM 2's three masks and, where HQ-SAM 2 has its HQ mask, that of the single-mask token, which has no score."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, embedding, level_0, level_1, coords, labels, mask, has_mask):
        prompts = self.model.prompt_encoder
        sparse = prompts._embed_points(coords[:, None], labels[:, None].long(), pad=True)
        none = prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = torch.where(has_mask.reshape(1, 1, 1, 1) > 0, prompts.mask_embed(mask), none)
        three, single = (
            self.model.mask_decoder(
                image_embeddings=embedding,
                image_positional_embeddings=self.model.get_image_wide_positional_embeddings(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=multimask,
                high_resolution_features=[level_0, level_1],
            )
            for multimask in (True, False)
        )
        low = torch.cat([three[0][:, 0], single[0][:, 0]], dim=1)
        return _large(low, (1024, 1024)), three[1][:, 0], low


def _large(masks, size):
    return functional.interpolate(masks, size, mode="bilinear", align_corners=False)


def _prompts(embedding):
    return {
        **embedding,
        "point_coords": torch.rand(1, 3, 2) * 1024,
        "point_labels": torch.tensor([[1.0, 0.0, -1.0]]),
        "mask_input": torch.zeros(1, 1, 256, 256),
        "has_mask_input": torch.ones(1),
    }


def write_hq(model, folder, answers):
    """Write a SamHQModel as `hq_sam`."""
    pixels = torch.zeros(1, 3, 1024, 1024)
    names = ("image_embeddings", "interm_embeddings")
    write_onnx(_Encoder(model), {"pixel_values": pixels}, names, folder / "encoder.onnx")
    layers, channels = (
        len(model.config.vision_config.global_attn_indexes),
        model.config.vision_config.hidden_size,
    )
    embedding = dict(
        zip(names, (torch.zeros(1, 256, 64, 64), torch.zeros(layers, 1, 64, 64, channels)), strict=True)
    )
    write_onnx(_HqDecoder(model, answers), _prompts(embedding), OUTPUTS, folder / "decoder.onnx", POINTS)


def write_sam(model, folder, answers):
    """Write a SamModel as `sam`."""
    pixels = {"image": torch.zeros(1, 3, 1024, 1024)}
    write_onnx(_Encoder(model), pixels, ("image_embeddings",), folder / "encoder.onnx")
    inputs = _prompts({"image_embeddings": torch.zeros(1, 256, 64, 64)})
    inputs["orig_im_size"] = torch.tensor([1500.0, 2250.0])
    write_onnx(_SamDecoder(model, answers), inputs, OUTPUTS, folder / "decoder.onnx", POINTS)


def write_four_masks(model, folder):
    """Write the decoder of a Sam2Model as `hq_sam2`."""
    shapes = {"image_embed": (256, 64), "high_res_feats_0": (32, 256), "high_res_feats_1": (64, 128)}
    inputs = _prompts({name: torch.zeros(1, c, side, side) for name, (c, side) in shapes.items()})
    write_onnx(_WithFourth(model), inputs, OUTPUTS, folder / "decoder.onnx", POINTS)
