# SPDX-License-Identifier: GPL-3.0-or-later
"""The five systems: how each is built with random weights, written as a model folder, and referred to."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import torch

from maskwright_backend.models.export.hq_sam import Output, export_hq_sam
from maskwright_backend.models.export.hq_sam2 import export_hq_sam2
from maskwright_backend.models.export.onnx_file import write_onnx
from maskwright_backend.models.export.prompts import FREE_POINTS, decoder_inputs
from maskwright_backend.models.export.sam2 import export_preconverted, export_sam2

from .cases import SIZES, cases, picture
from .references import HqSam, HqSam2, Sam2Processed, Sam2Stretched
from .weights import centre_masks, randomise

TINY = {"hidden_size": 96, "blocks_per_stage": [1, 2, 7, 2], "global_attention_blocks": [5, 7, 9]}
SMALL = {"hidden_size": 96, "blocks_per_stage": [1, 2, 11, 2], "global_attention_blocks": [7, 10, 13]}


@dataclass(frozen=True)
class System:
    """A model folder of real architecture with random weights, its family, its reference, and the aim for logits."""

    name: str
    family: str
    reference: object
    logits_within: float = 1e-3


def build(name, folder, seed, sam_hq):
    """Make the system `name`, writing its graphs into `folder`; `sam_hq` is a clone of SysCV/sam-hq."""
    torch.manual_seed(seed)  # the positional encodings are random buffers, made with the model
    return _BUILDERS[name](name, folder, seed, sam_hq)


def runs(reference):
    """Return decodes of the first picture by some of its prompts, for the centring of the masks."""
    size = SIZES[0]
    reference.set_image(picture(*size))
    chosen = [case for case in cases(*size) if not case.feedback]
    return [lambda case=case: reference.predict(case.points, case.box) for case in chosen]


class Upscaled:
    """How the upscaled embedding of each mask is read off a decoder after a run."""

    def __init__(self, modules, read):
        self.modules, self.read = modules, read

    def __call__(self, watch):
        return [embedding[0].flatten(1) for embedding in self.read(watch)]


def _transformers_sam2(sizes, seed):
    from transformers import Sam2Config, Sam2Model
    from transformers.models.sam2.configuration_sam2 import Sam2HieraDetConfig, Sam2VisionConfig

    vision = Sam2VisionConfig(backbone_config=Sam2HieraDetConfig(**sizes))
    model = randomise(Sam2Model(Sam2Config(vision_config=vision)), seed)
    decoder = model.mask_decoder
    networks = list(decoder.output_hypernetworks_mlps)
    upscaled = Upscaled(
        [decoder.activation], lambda watch: [watch.returned[decoder.activation]] * len(networks)
    )
    centre_masks(networks, lambda network: network.proj_out, upscaled, runs(Sam2Stretched(model)))
    return model


def _sam2_tiny(name, folder, seed, _):
    model = _transformers_sam2(TINY, seed)
    export_sam2(model, folder)
    return System(name, "sam2", Sam2Stretched(model))


def _sam2_small(name, folder, seed, _):
    model = _transformers_sam2(SMALL, seed)
    export_preconverted(model, folder)
    return System(name, "sam2_preconverted", Sam2Processed(model), logits_within=0.05)


def _hq_sam2_large(name, folder, seed, sam_hq):
    sys.path.insert(0, str(sam_hq / "sam-hq2"))
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    with initialize_config_dir(str((sam_hq / "sam-hq2/sam2/configs").absolute()), version_base=None):
        config = compose("sam2.1/sam2.1_hq_hiera_l.yaml")
    model = randomise(instantiate(config.model, _recursive_=True), seed)
    decoder, feature = model.sam_mask_decoder, model.sam_mask_decoder.embedding_maskfeature
    networks = [*decoder.output_hypernetworks_mlps, decoder.hf_mlp]
    upscaled = Upscaled([feature], lambda watch: [*[watch.given[feature][0]] * 4, watch.returned[feature]])
    reference = HqSam2(model)
    centre_masks(networks, lambda network: network.layers[-1], upscaled, runs(reference))
    export_hq_sam2(model, folder)
    return System(name, "hq_sam2", reference)


def _syscv_sam(build_name, seed, sam_hq):
    """Return SysCV's model, the same one at every call, and the store of its image embeddings."""
    if (build_name, seed) not in _MADE:
        sys.path.insert(0, str(sam_hq))
        import segment_anything

        model, encoded = randomise(segment_anything.sam_model_registry[build_name](), seed), {}
        _centre_syscv(model, runs(HqSam(model, "hq-only", encoded)))
        _MADE[build_name, seed] = model, encoded
    return _MADE[build_name, seed]


_MADE = {}


def _centre_syscv(model, runs):
    decoder = model.mask_decoder
    feature, early, own = decoder.embedding_maskfeature, decoder.compress_vit_feat, decoder.embedding_encoder
    networks = [*decoder.output_hypernetworks_mlps, decoder.hf_mlp]
    upscaled = Upscaled(
        [feature, early, own],
        lambda watch: [
            *[watch.given[feature][0]] * 4,
            watch.returned[feature] + watch.returned[early] + watch.returned[own],
        ],
    )
    centre_masks(networks, lambda network: network.layers[-1], upscaled, runs)


def _light(name, folder, seed, sam_hq):
    model, encoded = _syscv_sam("vit_tiny", seed, sam_hq)
    export_hq_sam(model, folder, Output.HQ_ONLY)
    return System(name, "hq_sam", HqSam(model, "hq-only", encoded))


def _vit_b(name, folder, seed, sam_hq):
    model, encoded = _syscv_sam("vit_b", seed, sam_hq)
    export_hq_sam(model, folder, Output.THREE, image_name="pixel_values")
    return System(name, "hq_sam", HqSam(model, "three", encoded))


def _vit_b_official(name, folder, seed, sam_hq):
    """The decoder comes from SysCV's own export module, the encoder from ours."""
    model, encoded = _syscv_sam("vit_b", seed, sam_hq)
    from segment_anything.utils.onnx import SamOnnxModel

    inputs = decoder_inputs(export_hq_sam(model, folder, Output.SINGLE, image_name="pixel_values"))
    inputs["orig_im_size"] = torch.tensor([1500.0, 2250.0])
    outputs = ("masks", "iou_predictions", "low_res_masks")
    write_onnx(SamOnnxModel(model), inputs, outputs, folder / "decoder.onnx", FREE_POINTS)
    return System(name, "sam_hq_official", HqSam(model, "single", encoded))


_BUILDERS = {
    "sam2.1-hiera-tiny": _sam2_tiny,
    "sam2.1-hiera-small": _sam2_small,
    "hq-sam-light": _light,
    "sam-hq-vit-b": _vit_b,
    "sam-hq-vit-b-official": _vit_b_official,
    "hq-sam2.1-hiera-large": _hq_sam2_large,
}
SYSTEMS = tuple(_BUILDERS)
