# SPDX-License-Identifier: GPL-3.0-or-later
"""Which size and version of SAM 2 a checkpoint is, and Meta's names in transformers' words. Needs transformers."""

from __future__ import annotations

import pytest

from maskwright_shared.errors import ModelError

pytestmark = [pytest.mark.torch, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]

NAMES = {
    "no_mem_embed": "no_memory_embedding",
    "image_encoder.trunk.pos_embed_window": "vision_encoder.backbone.pos_embed_window",
    "image_encoder.trunk.patch_embed.proj.bias": "vision_encoder.backbone.patch_embed.projection.bias",
    "image_encoder.trunk.blocks.10.norm1.weight": "vision_encoder.backbone.blocks.10.layer_norm1.weight",
    "image_encoder.trunk.blocks.1.proj.bias": "vision_encoder.backbone.blocks.1.proj.bias",
    "image_encoder.trunk.blocks.1.mlp.layers.1.bias": "vision_encoder.backbone.blocks.1.mlp.proj_out.bias",
    "image_encoder.neck.convs.3.conv.weight": "vision_encoder.neck.convs.3.weight",
    "sam_prompt_encoder.mask_downscaling.4.bias": "prompt_encoder.mask_embed.layer_norm2.bias",
    "sam_prompt_encoder.no_mask_embed.weight": "prompt_encoder.no_mask_embed.weight",
    "sam_mask_decoder.transformer.layers.1.norm4.bias": "mask_decoder.transformer.layers.1.layer_norm4.bias",
    "sam_mask_decoder.transformer.layers.0.mlp.layers.0.bias": "mask_decoder.transformer.layers.0.mlp.proj_in.bias",
    "sam_mask_decoder.transformer.norm_final_attn.bias": "mask_decoder.transformer.layer_norm_final_attn.bias",
    "sam_mask_decoder.transformer.layers.0.self_attn.out_proj.bias": (
        "mask_decoder.transformer.layers.0.self_attn.o_proj.bias"
    ),
    "sam_mask_decoder.output_upscaling.3.bias": "mask_decoder.upscale_conv2.bias",
    "sam_mask_decoder.iou_prediction_head.layers.0.bias": "mask_decoder.iou_prediction_head.proj_in.bias",
    "sam_mask_decoder.iou_prediction_head.layers.1.bias": "mask_decoder.iou_prediction_head.layers.0.bias",
    "sam_mask_decoder.output_hypernetworks_mlps.2.layers.2.bias": (
        "mask_decoder.output_hypernetworks_mlps.2.proj_out.bias"
    ),
    "sam_mask_decoder.pred_obj_score_head.layers.1.bias": "mask_decoder.pred_obj_score_head.layers.0.bias",
}
"""Names in facebookresearch/sam2 and those of the same weights in transformers."""


def open_source(*arguments):
    from maskwright_backend.models.export.sources import open_source

    return open_source(*arguments)


@pytest.fixture
def metas_file(tmp_path):
    """Return a function that writes a file with the image encoder's outline of that width and depth."""
    import torch

    def write(width, blocks, **more):
        weights = {
            f"image_encoder.trunk.blocks.{block}.norm1.bias": torch.zeros(width) for block in range(blocks)
        }
        weights["image_encoder.trunk.patch_embed.proj.bias"] = torch.zeros(width)
        torch.save({"model": {**weights, **more}}, tmp_path / "sam2.pt")
        return tmp_path / "sam2.pt"

    return write


@pytest.mark.parametrize("size", ["tiny", "small", "base-plus", "large"])
def test_a_folder_of_another_size_is_named(tmp_path, size):
    from tests.parity.architectures import SAM2_SIZES
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2VisionConfig

    backbone = Sam2HieraDetConfig(**SAM2_SIZES[size])
    Sam2Config(vision_config=Sam2VisionConfig(backbone_config=backbone)).save_pretrained(tmp_path)
    title = {"base-plus": "Base\\+"}.get(size, size.title())
    other = "large" if size == "tiny" else "tiny"
    with pytest.raises(ModelError, match=f"is Hiera {title}, not Hiera {other.title()}: the id must name"):
        open_source(f"sam2.1-hiera-{other}", tmp_path)


@pytest.mark.parametrize(
    ("model_id", "width", "blocks", "reason"),
    [
        ("sam2.1-hiera-large", 96, 12, "is Hiera Tiny, not Hiera Large"),
        ("sam2.1-hiera-tiny", 96, 16, "is Hiera Small, not Hiera Tiny"),
        ("sam2.1-hiera-tiny", 64, 9, r"is of no size known here \(width 64, 9 blocks\)"),
        ("sam2.1-hiera-large", 144, 48, "is SAM 2, not SAM 2.1"),
        ("sam2.1-hiera-tiny", 96, 0, "is no checkpoint of SAM 2 as Meta publishes it"),
    ],
)
def test_metas_file_of_another_kind_is_named(metas_file, model_id, width, blocks, reason):
    with pytest.raises(ModelError, match=reason):
        open_source(model_id, metas_file(width, blocks))


def test_a_folder_of_the_first_sam2_is_named(tmp_path):
    from transformers import Sam2VideoConfig

    Sam2VideoConfig(enable_occlusion_spatial_embedding=False).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"is SAM 2, not SAM 2\.1"):
        open_source("sam2.1-hiera-tiny", tmp_path)


def test_metas_names_become_those_of_transformers():
    import torch

    from maskwright_backend.models.export.sam2_checkpoint import renamed

    points = {
        f"sam_prompt_encoder.point_embeddings.{label}.weight": torch.full((1, 2), label) for label in range(4)
    }
    positions = {"sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix": torch.ones(2, 3)}
    made = renamed({**dict.fromkeys(NAMES, torch.zeros(1)), **points, **positions})
    assert set(made) == {
        *NAMES.values(),
        "prompt_encoder.point_embed.weight",
        "prompt_encoder.shared_embedding.positional_embedding",
        "shared_image_embedding.positional_embedding",
    }
    assert made["prompt_encoder.point_embed.weight"][:, 0].tolist() == [0, 1, 2, 3]
