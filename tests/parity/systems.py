# SPDX-License-Identifier: GPL-3.0-or-later
"""The systems: how each is built with random weights, written as a model folder, and referred to."""

from __future__ import annotations

import functools
import importlib.util
import tempfile
import unittest.mock
from dataclasses import dataclass
from pathlib import Path

import torch

from maskwright_backend.models.export.hq_sam import Output, export_hq_sam
from maskwright_backend.models.export.hq_sam2 import export_hq_sam2
from maskwright_backend.models.export.onnx_file import write_onnx
from maskwright_backend.models.export.prompts import FREE_POINTS, decoder_inputs
from maskwright_backend.models.export.sam2 import export_preconverted, export_sam2
from maskwright_backend.models.export.sources import open_source

from .architectures import hq_sam2, meta_sam2, sam, segnext, transformers_sam2
from .cases import SIZES, asked_of, picture
from .references import HqSam, Sam, Sam2Predictor, Sam2Processed, Sam2Stretched, SegNext
from .weights import centre_convolution, centre_masks


@dataclass(frozen=True)
class System:
    """A model folder of real architecture with random weights, its family, its reference, and the aim for logits."""

    name: str
    family: str
    reference: object
    logits_within: float = 1e-3


def build(name, folder, seed, clones):
    """Make the system `name`, writing its graphs into `folder`; `clones` holds the authors' repositories."""
    return _BUILDERS[name](name, folder, seed, clones)


def runs(reference):
    """Return decodes of the first picture by some of its prompts, for the centring of the masks."""
    size = SIZES[0]
    reference.set_image(picture(*size))
    chosen = [case for case in asked_of(reference, *size) if not case.feedback]
    return [lambda case=case: reference.predict(case.points, case.box) for case in chosen]


class Upscaled:
    """How the upscaled embedding of each mask is read off a decoder after a run."""

    def __init__(self, modules, read):
        self.modules, self.read = modules, read

    def __call__(self, watch):
        return [embedding[0].flatten(1) for embedding in self.read(watch)]


def _stretched_sam2(size, seed):
    model = transformers_sam2(size, seed)
    decoder = model.mask_decoder
    networks = list(decoder.output_hypernetworks_mlps)
    upscaled = Upscaled(
        [decoder.activation], lambda watch: [watch.returned[decoder.activation]] * len(networks)
    )
    centre_masks(networks, lambda network: network.proj_out, upscaled, runs(Sam2Stretched(model)))
    return model


def _sam2_tiny(name, folder, seed, _):
    model = _stretched_sam2("tiny", seed)
    export_sam2(model, folder)
    return System(name, "sam2", Sam2Stretched(model))


def _sam2_small(name, folder, seed, _):
    model = _stretched_sam2("small", seed)
    export_preconverted(model, folder)
    return System(name, "sam2_preconverted", Sam2Processed(model), logits_within=0.05)


def _sam2_tiny_meta(name, folder, seed, clones):
    """The file that Meta's code saves, exported by transformers' model of it, against Meta's own predictor."""
    model = meta_sam2("tiny", clones / "sam2", seed)
    reference = Sam2Predictor(model)
    _centre_sam(model.sam_mask_decoder, runs(reference))
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / "sam2.1_hiera_tiny.pt"
        torch.save({"model": model.state_dict()}, checkpoint)
        open_source("sam2.1-hiera-tiny", checkpoint).write(folder)
    return System(name, "sam2", reference)


def _hq_sam2_large(name, folder, seed, clones):
    model = hq_sam2(clones / "sam-hq", seed)
    decoder, feature = model.sam_mask_decoder, model.sam_mask_decoder.embedding_maskfeature
    networks = [*decoder.output_hypernetworks_mlps, decoder.hf_mlp]
    upscaled = Upscaled([feature], lambda watch: [*[watch.given[feature][0]] * 4, watch.returned[feature]])
    reference = Sam2Predictor(model)
    centre_masks(networks, lambda network: network.layers[-1], upscaled, runs(reference))
    export_hq_sam2(model, folder)
    return System(name, "hq_sam2", reference)


def _centre_sam(decoder, runs):
    """Centre the masks of an original SAM's or SAM 2's decoder in its authors' code."""
    networks, last = list(decoder.output_hypernetworks_mlps), decoder.output_upscaling[-1]
    upscaled = Upscaled([last], lambda watch: [watch.returned[last]] * len(networks))
    centre_masks(networks, lambda network: network.layers[-1], upscaled, runs)


@functools.cache
def _syscv_sam(build_name, seed, clones):
    """Return SysCV's model, the same one at every call, and the store of its image embeddings."""
    model, encoded = sam(build_name, clones / "sam-hq", seed), {}
    _centre_syscv(model, runs(HqSam(model, "hq-only", encoded)))
    return model, encoded


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


def _light(name, folder, seed, clones):
    model, encoded = _syscv_sam("vit_tiny", seed, clones)
    export_hq_sam(model, folder, Output.HQ_ONLY)
    return System(name, "hq_sam", HqSam(model, "hq-only", encoded))


def _vit_b(name, folder, seed, clones):
    model, encoded = _syscv_sam("vit_b", seed, clones)
    export_hq_sam(model, folder, Output.THREE, image_name="pixel_values")
    return System(name, "hq_sam", HqSam(model, "three", encoded))


def _vit_b_official(name, folder, seed, clones):
    """The decoder comes from SysCV's own export module, the encoder from ours."""
    model, encoded = _syscv_sam("vit_b", seed, clones)
    from segment_anything.utils.onnx import SamOnnxModel

    inputs = decoder_inputs(export_hq_sam(model, folder, Output.SINGLE, image_name="pixel_values"))
    inputs["orig_im_size"] = torch.tensor([1500.0, 2250.0])
    outputs = ("masks", "iou_predictions", "low_res_masks")
    write_onnx(SamOnnxModel(model), inputs, outputs, folder / "decoder.onnx", FREE_POINTS)
    return System(name, "sam_hq_official", HqSam(model, "single", encoded))


def _sam_vit_b(name, folder, seed, clones):
    """segment-anything's script for the decoder, and its image encoder traced as it is."""
    clone = clones / "segment-anything"
    model = sam("vit_b", clone, seed)
    reference = Sam(model, "segment_anything")
    _centre_sam(model.mask_decoder, runs(reference))
    pixels = {"image": torch.zeros(1, 3, 1024, 1024)}
    write_onnx(model.image_encoder, pixels, ("image_embeddings",), folder / "encoder.onnx")
    _export_decoder(clone, model, "vit_b", folder / "decoder.onnx")
    return System(name, "sam", reference)


def _mobile_sam(name, folder, seed, clones):
    """MobileSAM's script for the decoder, and an encoder that normalises and pads by itself."""
    clone = clones / "MobileSAM"
    model = sam("vit_t", clone, seed, "mobile_sam")
    reference = Sam(model, "mobile_sam")
    _centre_sam(model.mask_decoder, runs(reference))
    pixels, free = {"input_image": torch.zeros(683, 1024, 3)}, {"input_image": {0: "rows", 1: "columns"}}
    write_onnx(RawPixelsEncoder(model), pixels, ("image_embeddings",), folder / "encoder.onnx", free)
    _export_decoder(clone, model, "vit_t", folder / "decoder.onnx")
    return System(name, "sam_raw_pixels", reference)


class RawPixelsEncoder(torch.nn.Module):
    """An image encoder that takes the resized pixels as rows, columns and RGB in 0..255, as some exporters make it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model.image_encoder(self.model.preprocess(pixels.permute(2, 0, 1)[None]))


def _export_decoder(clone, model, model_type, path):
    """Run the authors' script on a checkpoint of the model; today's torch must be told to trace, as it then did."""
    script = _module(clone / "scripts/export_onnx_model.py")
    traced = functools.partial(torch.onnx.export, dynamo=False)
    with tempfile.TemporaryDirectory() as scratch, unittest.mock.patch("torch.onnx.export", traced):
        torch.save(model.state_dict(), f"{scratch}/checkpoint.pth")
        script.run_export(
            model_type, f"{scratch}/checkpoint.pth", str(path), opset=17, return_single_mask=False
        )


def _segnext(name, folder, seed, clones):
    """darktable-ai's conversion of a checkpoint, against the predictor of SegNext's authors."""
    model = segnext(clones / "SegNext", seed)
    reference = SegNext(model)
    centre_convolution(model.head.seg_conv, runs(reference))
    convert = _module(clones / "darktable-ai/models/mask-object-segnext-b2hq/convert.py").convert
    with tempfile.TemporaryDirectory() as scratch:
        torch.save({"config": model._config, "state_dict": model.state_dict()}, f"{scratch}/segnext.pth")
        convert(f"{scratch}/segnext.pth", str(folder))
    return System(name, "segnext", reference, logits_within=0.02)


def _module(path):
    """Return a script of a clone as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_BUILDERS = {
    "sam2.1-hiera-tiny": _sam2_tiny,
    "sam2.1-hiera-tiny-meta": _sam2_tiny_meta,
    "sam2.1-hiera-small": _sam2_small,
    "hq-sam-light": _light,
    "sam-hq-vit-b": _vit_b,
    "sam-hq-vit-b-official": _vit_b_official,
    "hq-sam2.1-hiera-large": _hq_sam2_large,
    "sam-vit-b": _sam_vit_b,
    "mobile-sam": _mobile_sam,
    "segnext-vit-b": _segnext,
}
SYSTEMS = tuple(_BUILDERS)
