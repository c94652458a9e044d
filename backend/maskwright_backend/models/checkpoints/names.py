# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of weights: those of the authors, under which templates know them, and transformers' for SAM 2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .stored import StoredTensor

if TYPE_CHECKING:
    from collections.abc import Mapping

_POINTS = re.compile(r"sam_prompt_encoder\.point_embeddings\.([0-3])\.weight")
_POINT_TABLE = "prompt_encoder.point_embed.weight"
_POSITIONS = "prompt_encoder.shared_embedding.positional_embedding"
_SAME_POSITIONS = "shared_image_embedding.positional_embedding"


def find(weights: Mapping[str, StoredTensor], name: str) -> StoredTensor | None:
    """Return the weight that the authors call `name`, by that name or by transformers'; None where there is none.

    There, the four kinds of points share one table, and positions that two parts use may be saved for one of them.
    """
    if name in weights:
        return weights[name]
    point, table = _POINTS.fullmatch(name), weights.get(_POINT_TABLE)
    if point is not None and table is not None and table.shape[:1] == (4,) and len(table.shape) == 2:
        start = table.start + int(point[1]) * table.strides[0]
        return StoredTensor(table.storage, start, (1, table.shape[1]), table.strides)
    other = transformers_name(name)
    return weights.get(other) or (weights.get(_SAME_POSITIONS) if other == _POSITIONS else None)


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


def transformers_name(name: str) -> str:
    """Return transformers' name of one of Meta's weights."""
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name
