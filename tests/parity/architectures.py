# SPDX-License-Identifier: GPL-3.0-or-later
"""The real architectures with fixed-seed random weights, from transformers or from a clone of their authors' code."""

from __future__ import annotations

import importlib
import sys

import torch

from .weights import randomise


def _wider(width, blocks, whole, **other):
    """Return a size that begins with two heads; widths and heads double from stage to stage."""
    return {
        "hidden_size": width,
        "num_attention_heads": 2,
        "blocks_per_stage": blocks,
        "embed_dim_per_stage": [width * times for times in (1, 2, 4, 8)],
        "num_attention_heads_per_stage": [2, 4, 8, 16],
        "global_attention_blocks": whole,
        **other,
    }


SAM2_SIZES = {
    "tiny": {"hidden_size": 96, "blocks_per_stage": [1, 2, 7, 2], "global_attention_blocks": [5, 7, 9]},
    "small": {"hidden_size": 96, "blocks_per_stage": [1, 2, 11, 2], "global_attention_blocks": [7, 10, 13]},
    "base-plus": _wider(
        112, [2, 3, 16, 3], [12, 16, 20], window_positional_embedding_background_size=[14, 14]
    ),
    "large": _wider(144, [2, 6, 36, 4], [23, 33, 43], window_size_per_stage=[8, 4, 16, 8]),
}
"""What sets SAM 2.1's sizes apart, in the words of transformers' Sam2HieraDetConfig."""

PACKAGES = {"sam2", "segment_anything"}
"""The names of packages that several repositories have."""

META_CONFIGS = {"tiny": "t", "small": "s", "base-plus": "b+", "large": "l"}


def transformers_sam2(size, seed):
    """Return transformers' Sam2Model of a size among SAM2_SIZES."""
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2Model, Sam2VisionConfig

    backbone = Sam2HieraDetConfig(**SAM2_SIZES[size])
    channels = backbone.embed_dim_per_stage[::-1]
    torch.manual_seed(seed)  # the positional encodings are random buffers, made with the model
    vision = Sam2VisionConfig(backbone_config=backbone, backbone_channel_list=channels)
    return randomise(Sam2Model(Sam2Config(vision_config=vision)), seed)


def meta_sam2(size, clone, seed):
    """Return the SAM2Base of facebookresearch/sam2."""
    return _configured(clone, "sam2/configs/sam2.1", f"sam2.1_hiera_{META_CONFIGS[size]}", seed)


def hq_sam2(clone, seed):
    """Return the SAM2HQBase of SysCV/sam-hq."""
    return _configured(clone / "sam-hq2", "sam2/configs/sam2.1", "sam2.1_hq_hiera_l", seed)


def _configured(code, configs, name, seed):
    import_from(code)
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    with initialize_config_dir(str((code / configs).absolute()), version_base=None):
        config = compose(f"{name}.yaml")
    torch.manual_seed(seed)
    return randomise(instantiate(config.model, _recursive_=True), seed)


def sam(name, clone, seed, package="segment_anything"):
    """Return a model of the registry of segment-anything, of SysCV/sam-hq, or (`mobile_sam`) of MobileSAM."""
    import_from(clone)
    registry = importlib.import_module(package).sam_model_registry
    torch.manual_seed(seed)
    return randomise(registry[name](), seed)


def segnext(clone, seed):
    """Return the PlainVitModel (ViT-B, SAx2) of SegNext's authors; it needs mmcv-lite and torchvision."""
    import_from(clone / "segnext")
    torch.manual_seed(seed)
    width = {"num_heads": 12, "mlp_ratio": 4, "qkv_bias": True}
    square = {"img_size": (1024, 1024), "patch_size": (16, 16), "in_chans": 3}
    levels = [128, 256, 512, 1024]
    model = importlib.import_module("isegm.model.is_plainvit_model").PlainVitModel(
        backbone_params={**square, **width, "embed_dim": 768, "depth": 12, "global_atten_freq": 3},
        neck_params={"in_dim": 768, "out_dims": levels},
        head_params={"in_channels": levels, "in_select_index": [0, 1, 2, 3], "dropout_ratio": 0.1,
                     "num_classes": 1, "out_channels": 256},
        fusion_params={"type": "self_attention", "depth": 2, "params": {"dim": 768, **width}},
        use_disks=True,
        norm_radius=5,
    )  # fmt: skip
    return randomise(model, seed)


def import_from(code):
    """Let packages be imported from this clone, and none of the same names from another."""
    path = str(code.absolute())
    if sys.path[0] != path:
        sys.path.insert(0, path)
        for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
            del sys.modules[name]
