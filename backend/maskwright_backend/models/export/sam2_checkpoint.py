# SPDX-License-Identifier: GPL-3.0-or-later
"""SAM 2.1's checkpoints as transformers' Sam2Model: a folder of transformers, or the file that Meta publishes.

The names in Meta's file are those of facebookresearch/sam2; the weights of its memory, which only videos need, are
left where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from ..checkpoints.names import transformers_name
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


def renamed(weights: Weights) -> dict[str, torch.Tensor]:
    """Return Meta's weights by transformers' names; there, the four kinds of points share one table."""
    result = {transformers_name(name): value for name, value in weights.items()}
    points = [result.pop(f"prompt_encoder.point_embeddings.{label}.weight") for label in range(4)]
    result["prompt_encoder.point_embed.weight"] = torch.cat(points)
    positions = result["prompt_encoder.shared_embedding.positional_embedding"]
    result["shared_image_embedding.positional_embedding"] = positions
    return result
