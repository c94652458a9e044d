# SPDX-License-Identifier: GPL-3.0-or-later
"""The same architectures with few and narrow blocks: every rule about tensors, pixels and prompts in seconds."""

from __future__ import annotations

import torch

from maskwright_backend.models.export.sam2 import export_preconverted, export_sam2

from .small_graphs import write_four_masks, write_hq, write_sam
from .small_references import Padded, Sam2Bytes, Sam2Floats, Sam2WithFourth
from .systems import System, Upscaled, runs
from .weights import centre_masks, randomise

SEED = 7
THREE = ({"multimask_output": True},)
SINGLE_AND_THREE = ({"multimask_output": False}, *THREE)
HQ_THREE = ({"multimask_output": True, "hq_token_only": False},)
HQ_ONLY = ({"multimask_output": False, "hq_token_only": True},)


def build_small(name, folder):
    """Make the small system `name`, writing its graphs into `folder`."""
    torch.manual_seed(SEED)
    return _BUILDERS[name](name, folder)


def small_sam2():
    """Return a Sam2Model of the real shape with narrow blocks, random weights, and masks of middling size."""
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2Model, Sam2VisionConfig

    backbone = Sam2HieraDetConfig(
        hidden_size=16, blocks_per_stage=[1, 1, 2, 1], embed_dim_per_stage=[16, 32, 64, 128],
        num_attention_heads_per_stage=[1, 2, 4, 8], global_attention_blocks=[3],
    )  # fmt: skip
    config = Sam2Config(
        vision_config=Sam2VisionConfig(backbone_config=backbone, backbone_channel_list=[128, 64, 32, 16]),
        mask_decoder_config={"dynamic_multimask_via_stability": False},
    )
    return _centred_sam(randomise(Sam2Model(config), SEED), Sam2Floats)


def _centred_sam(model, reference):
    decoder = model.mask_decoder
    networks = list(decoder.output_hypernetworks_mlps)
    upscaled = Upscaled(
        [decoder.activation], lambda watch: [watch.returned[decoder.activation]] * len(networks)
    )
    centre_masks(networks, lambda network: network.proj_out, upscaled, runs(reference(model)))
    return model


def _sam2(name, folder):
    model = small_sam2()
    export_sam2(model, folder)
    return System(name, "sam2", Sam2Floats(model))


def _preconverted(name, folder):
    model = small_sam2()
    export_preconverted(model, folder)
    return System(name, "sam2_preconverted", Sam2Bytes(model), logits_within=0.05)


def _four_masks(name, folder):
    model = small_sam2()
    export_sam2(model, folder)
    write_four_masks(model, folder)
    return System(name, "hq_sam2", Sam2WithFourth(model))


def _sam(name, folder):
    from transformers import SamConfig, SamModel, SamProcessor

    model = randomise(SamModel(SamConfig(vision_config=_vit())), SEED)
    reference = Padded(
        _centred_sam(model, lambda made: Padded(made, SamProcessor, THREE)), SamProcessor, SINGLE_AND_THREE
    )
    write_sam(model, folder, SINGLE_AND_THREE)
    return System(name, "sam", reference)


def _vit():
    return {
        "hidden_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 3,
        "global_attn_indexes": [1, 2],
    }


def _hq(answers):
    def build(name, folder):
        from transformers import SamHQConfig, SamHQModel, SamHQProcessor

        config = SamHQConfig(vision_config=_vit(), mask_decoder_config={"vit_dim": 48})
        model = randomise(SamHQModel(config), SEED)
        decoder = model.mask_decoder
        into, early, own, out = (
            decoder.mask_conv1, decoder.compress_vit_conv2, decoder.encoder_conv2, decoder.mask_conv2,
        )  # fmt: skip
        networks = [*decoder.output_hypernetworks_mlps, decoder.hq_mask_mlp]
        upscaled = Upscaled(
            [into, early, own, out],
            lambda watch: [
                *[watch.given[into][0]] * (len(networks) - 1),
                watch.returned[out] + watch.returned[early] + watch.returned[own],
            ],
        )
        reference = Padded(model, SamHQProcessor, answers)
        centre_masks(networks, lambda network: network.proj_out, upscaled, runs(reference))
        write_hq(model, folder, answers)
        return System(name, "hq_sam", reference)

    return build


_BUILDERS = {
    "sam2": _sam2,
    "sam2-preconverted": _preconverted,
    "sam2-four-masks": _four_masks,
    "sam": _sam,
    "hq-sam-three": _hq(HQ_THREE),
    "hq-sam-alone": _hq(HQ_ONLY),
}
SMALL_SYSTEMS = tuple(_BUILDERS)
