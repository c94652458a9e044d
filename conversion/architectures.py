# SPDX-License-Identifier: GPL-3.0-or-later
"""The architectures in their authors' code, as graphs that are to be traced; weights are whatever they begin with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch

from maskwright_backend.models.export import hq_sam, hq_sam2
from maskwright_backend.models.export.prompts import decoder_inputs

from .hq_sam2_decoder import HqDecoder

SIDE = 1024
HIERA = {
    "tiny": {"embed_dim": 96, "num_heads": 1, "stages": (1, 2, 7, 2), "global_att_blocks": (5, 7, 9),
             "window_pos_embed_bkg_spatial_size": (7, 7)},
    "small": {"embed_dim": 96, "num_heads": 1, "stages": (1, 2, 11, 2), "global_att_blocks": (7, 10, 13),
              "window_pos_embed_bkg_spatial_size": (7, 7)},
    "base-plus": {"embed_dim": 112, "num_heads": 2},
    "large": {"embed_dim": 144, "num_heads": 2, "stages": (2, 6, 36, 4), "global_att_blocks": (23, 33, 43),
              "window_pos_embed_bkg_spatial_size": (7, 7), "window_spec": (8, 4, 16, 8)},
}  # fmt: skip
"""SAM 2.1's sizes, in the words of the Hiera of its authors' package (configs/sam2.1)."""


@dataclass(frozen=True)
class Graph:
    """A module to be traced on `inputs`; `kept` are the outputs that stay (all when empty).

    A parameter's name is the module's, with each of `names` (begins with: replaced by) taken once.
    """

    module: torch.nn.Module
    inputs: dict
    outputs: tuple
    kept: tuple = ()
    names: dict = field(default_factory=dict)

    def renamed(self, name):
        """Return the name by which checkpoints have a parameter."""
        for begin, other in self.names.items():
            if name.startswith(begin):
                return other + name.removeprefix(begin)
        return name


MASKS = ("masks", "iou_predictions", "low_res_masks")
READ = ("iou_predictions", "low_res_masks")
PIXELS = {"image": torch.zeros(1, 3, SIDE, SIDE)}


def _hq_sam(kind, output, layers, channels):
    model = ready(importlib.import_module("segment_anything_hq").sam_model_registry[kind]())
    embedding = dict(
        zip(EARLY, (torch.zeros(1, 256, 64, 64), torch.zeros(layers, 1, 64, 64, channels)), strict=True)
    )
    decoder = hq_sam._Decoder(model, output)
    return {
        "encoder": Graph(hq_sam._Encoder(model), PIXELS, EARLY, names={"encoder.": "image_encoder."}),
        "decoder": Graph(decoder, decoder_inputs(embedding), MASKS, READ, {"model.": ""}),
    }


EARLY = ("image_embeddings", "interm_embeddings")


def _sam(package, kind):
    module = importlib.import_module(package)
    model = ready(module.sam_model_registry[kind]())
    onnx_model = importlib.import_module(f"{package}.utils.onnx").SamOnnxModel(
        model, return_single_mask=False
    )
    inputs = decoder_inputs({"image_embeddings": torch.zeros(1, 256, 64, 64)})
    inputs["orig_im_size"] = torch.tensor([1500.0, 2250.0])
    return {
        "encoder": Graph(ImageEncoder(model.image_encoder), PIXELS, ("image_embeddings",)),
        "decoder": Graph(onnx_model, inputs, MASKS, READ, {"model.": ""}),
    }


class ImageEncoder(torch.nn.Module):
    """An image encoder under the name that it has in the whole model."""

    def __init__(self, image_encoder):
        super().__init__()
        self.image_encoder = image_encoder

    def forward(self, image):
        return self.image_encoder(image)


LEVELS = ("high_res_feats_0", "high_res_feats_1", "image_embed")


def _sam2(size, *, hq=False):
    return sam2_graphs(ready(sam2_base(size)), hq=hq)


def sam2_graphs(model, *, hq=False):
    """Return both graphs of a SAM2Base; with `hq` its decoder gets the HQ mask's layers."""
    if hq:
        model.sam_mask_decoder = ready(HqDecoder(model.sam_mask_decoder))
    shapes = {"image_embed": (256, 64), "high_res_feats_0": (32, 256), "high_res_feats_1": (64, 128)}
    inputs = decoder_inputs({name: torch.zeros(1, c, side, side) for name, (c, side) in shapes.items()})
    return {
        "encoder": Graph(hq_sam2._Encoder(model), PIXELS, LEVELS, names={"model.": ""}),
        "decoder": Graph(hq_sam2._Decoder(model), inputs, MASKS, READ, {"model.": ""}),
    }


def sam2_base(size):
    """Return a SAM2Base of the authors' package for single pictures; what only videos need is left out."""
    trunk = importlib.import_module("sam2.modeling.backbones.hieradet").Hiera(**HIERA[size])
    trunk._get_pos_embed = partial(_positions, trunk)
    image_encoder = importlib.import_module("sam2.modeling.backbones.image_encoder")
    sine = importlib.import_module("sam2.modeling.position_encoding").PositionEmbeddingSine
    neck = image_encoder.FpnNeck(
        position_encoding=sine(num_pos_feats=256, normalize=True, scale=None, temperature=10000),
        d_model=256,
        backbone_channel_list=list(trunk.channel_list),
        fpn_top_down_levels=[2, 3],
        fpn_interp_model="nearest",
    )
    encoder = image_encoder.ImageEncoder(scalp=1, trunk=trunk, neck=neck)
    return _base(encoder)


def _positions(trunk, _):
    """Return the trunk's own positions for the one size of picture, without a branch for others in the graph."""
    cells = SIDE // 4
    window = trunk.pos_embed_window
    times = cells // window.shape[-1]
    whole = torch.nn.functional.interpolate(trunk.pos_embed, size=(cells, cells), mode="bicubic")
    return (whole + window.repeat(1, 1, times, times)).permute(0, 2, 3, 1)


def _base(encoder):
    base = importlib.import_module("sam2.modeling.sam2_base").SAM2Base
    memory_layer = torch.nn.Identity()
    memory_layer.d_model = 256
    return base(
        image_encoder=encoder,
        memory_attention=memory_layer,
        memory_encoder=torch.nn.Identity(),
        num_maskmem=7,
        image_size=SIDE,
        use_high_res_features_in_sam=True,
        multimask_output_in_sam=True,
        iou_prediction_use_sigmoid=True,
        use_obj_ptrs_in_encoder=True,
        pred_obj_scores=True,
        pred_obj_scores_mlp=True,
        fixed_no_obj_ptr=True,
        directly_add_no_mem_embed=True,
        use_mask_input_as_output_without_sam=True,
    )


def ready(model):
    """Return a model as it answers, but with tables that an evaluating layer would bake made in the graph."""
    model.eval()
    for module in model.modules():
        if hasattr(module, "attention_bias_idxs"):
            module.training = True
    return model


ARCHITECTURES: dict[str, Callable[[], dict[str, Graph]]] = {
    "hq-sam-light": partial(_hq_sam, "vit_tiny", hq_sam.Output.HQ_ONLY, 1, 160),
    "sam2.1-hiera-tiny": partial(_sam2, "tiny"),
    "sam2.1-hiera-small": partial(_sam2, "small"),
    "sam2.1-hiera-base-plus": partial(_sam2, "base-plus"),
    "sam2.1-hiera-large": partial(_sam2, "large"),
    "hq-sam2.1-hiera-large": partial(_sam2, "large", hq=True),
    "sam-hq-vit-b": partial(_hq_sam, "vit_b", hq_sam.Output.THREE, 4, 768),
    "sam-hq-vit-l": partial(_hq_sam, "vit_l", hq_sam.Output.THREE, 4, 1024),
    "sam-hq-vit-h": partial(_hq_sam, "vit_h", hq_sam.Output.THREE, 4, 1280),
    "sam-vit-b": partial(_sam, "segment_anything", "vit_b"),
    "mobile-sam": partial(_sam, "mobile_sam", "vit_t"),
}
