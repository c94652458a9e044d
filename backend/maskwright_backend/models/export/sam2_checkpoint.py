# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2.1's checkpoints as transformers' Sam2Model: a folder of transformers, or the file that Meta publishes.

The names in Meta's file are those of facebookresearch/sam2; the weights of its memory, which only videos need, are
left where they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from .refusals import need_all, refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Size:
    """What sets an image encoder apart; widths and heads double from stage to stage.

    The numbers are those of facebookresearch/sam2, configs/sam2.1.
    """

    name: str
    width: int
    heads: int
    blocks: tuple[int, int, int, int]
    global_blocks: tuple[int, ...]
    windows: tuple[int, int, int, int] = (8, 4, 14, 7)
    background: tuple[int, int] = (7, 7)


TINY = Size("Tiny", 96, 1, (1, 2, 7, 2), (5, 7, 9))
SMALL = Size("Small", 96, 1, (1, 2, 11, 2), (7, 10, 13))
BASE_PLUS = Size("Base+", 112, 2, (2, 3, 16, 3), (12, 16, 20), background=(14, 14))
LARGE = Size("Large", 144, 2, (2, 6, 36, 4), (23, 33, 43), windows=(8, 4, 16, 8))
SIZES = (TINY, SMALL, BASE_PLUS, LARGE)


def load_sam2(checkpoint: Path, size: Size) -> Any:
    """Return the Sam2Model of a checkpoint, ready to be asked.

    Raises:
        ModelError: `model.export` for another size, for SAM 2 without ".1", and for weights that are missing.
    """
    model = (_from_folder if checkpoint.is_dir() else _from_file)(checkpoint, size)
    return model.eval()


def _from_folder(folder: Path, size: Size) -> Any:
    from transformers import AutoConfig, Sam2Model  # noqa: PLC0415 - only this kind of checkpoint needs it

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
    backbone = config.vision_config.backbone_config
    _check_size(folder, size, backbone.hidden_size, sum(backbone.blocks_per_stage))
    _check_version(folder, is_first=getattr(config, "enable_occlusion_spatial_embedding", True) is False)
    model, loaded = Sam2Model.from_pretrained(str(folder), local_files_only=True, output_loading_info=True)
    need_all(folder, sorted(loaded["missing_keys"]))
    return model


def _from_file(file: Path, size: Size) -> Any:
    from transformers import Sam2Model  # noqa: PLC0415

    weights = torch.load(file, map_location="cpu", weights_only=True).get("model", {})
    blocks = {name.split(".")[3] for name in weights if name.startswith("image_encoder.trunk.blocks.")}
    if not blocks:
        raise refused(f"{file} is no checkpoint of SAM 2 as Meta publishes it, nor a folder of transformers")
    _check_size(file, size, len(weights["image_encoder.trunk.patch_embed.proj.bias"]), len(blocks))
    _check_version(file, is_first="no_obj_embed_spatial" not in weights)
    model = Sam2Model(_config(size))
    need_all(file, model.load_state_dict(renamed(weights), strict=False).missing_keys)
    return model


def _check_size(checkpoint: Path, size: Size, width: int, blocks: int) -> None:
    if (width, blocks) == (size.width, sum(size.blocks)):
        return
    found = next((other.name for other in SIZES if (width, blocks) == (other.width, sum(other.blocks))), None)
    what = f"Hiera {found}" if found else f"of no size known here (width {width}, {blocks} blocks)"
    raise refused(f"{checkpoint} is {what}, not Hiera {size.name}: the id must name its size")


def _check_version(checkpoint: Path, *, is_first: bool) -> None:
    if is_first:
        raise refused(f"{checkpoint} is SAM 2, not SAM 2.1: take the later checkpoint of the same size")


def _config(size: Size) -> Any:
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2VisionConfig  # noqa: PLC0415

    doubled = [1, 2, 4, 8]
    widths = [size.width * times for times in doubled]
    backbone = Sam2HieraDetConfig(
        hidden_size=size.width,
        num_attention_heads=size.heads,
        blocks_per_stage=list(size.blocks),
        embed_dim_per_stage=widths,
        num_attention_heads_per_stage=[size.heads * times for times in doubled],
        window_size_per_stage=list(size.windows),
        global_attention_blocks=list(size.global_blocks),
        window_positional_embedding_background_size=list(size.background),
    )
    return Sam2Config(
        vision_config=Sam2VisionConfig(backbone_config=backbone, backbone_channel_list=widths[::-1])
    )


_RENAMED = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^image_encoder\.trunk", "vision_encoder.backbone"),
        (r"^image_encoder\.neck\.convs\.(\d)\.conv", r"vision_encoder.neck.convs.\1"),
        (r"^sam_(prompt_encoder|mask_decoder)", r"\1"),
        (r"^no_mem_embed$", "no_memory_embedding"),
        (r"patch_embed\.proj", "patch_embed.projection"),
        (r"pe_layer\.positional_encoding_gaussian_matrix", "shared_embedding.positional_embedding"),
        (r"\.norm(?=\d|_)", ".layer_norm"),
        (r"\.out_proj", ".o_proj"),
        (r"mask_downscaling\.0", "mask_embed.conv1"),
        (r"mask_downscaling\.1", "mask_embed.layer_norm1"),
        (r"mask_downscaling\.3", "mask_embed.conv2"),
        (r"mask_downscaling\.4", "mask_embed.layer_norm2"),
        (r"mask_downscaling\.6", "mask_embed.conv3"),
        (r"output_upscaling\.0", "upscale_conv1"),
        (r"output_upscaling\.1", "upscale_layer_norm"),
        (r"output_upscaling\.3", "upscale_conv2"),
        (r"\.mlp\.layers\.0", ".mlp.proj_in"),
        (r"\.mlp\.layers\.1", ".mlp.proj_out"),
        (r"(_mlps\.\d|_head)\.layers\.0", r"\1.proj_in"),
        (r"(_mlps\.\d|_head)\.layers\.1", r"\1.layers.0"),
        (r"(_mlps\.\d|_head)\.layers\.2", r"\1.proj_out"),
    )
)
"""Each is tried once, in this order: a layer that was renamed to `layers.0` is past the rule for `layers.0`."""


def renamed(weights: Weights) -> dict[str, torch.Tensor]:
    """Return Meta's weights by transformers' names; there, the four kinds of points share one table."""
    result = {}
    for name, value in weights.items():
        for pattern, replacement in _RENAMED:
            name = pattern.sub(replacement, name)  # noqa: PLW2901 - one rule after the other
        result[name] = value
    points = [result.pop(f"prompt_encoder.point_embeddings.{label}.weight") for label in range(4)]
    result["prompt_encoder.point_embed.weight"] = torch.cat(points)
    positions = result["prompt_encoder.shared_embedding.positional_embedding"]
    result["shared_image_embedding.positional_embedding"] = positions
    return result
