# SPDX-License-Identifier: GPL-3.0-or-later
"""The systems once more, their graphs made of a checkpoint in the authors' format, without PyTorch, as `pull` does it.

Each checkpoint holds random weights. It is served by a local server and pulled by a daemon; the reference is the
authors' own code.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import torch

from maskwright_shared.messages import ModelPull

from .architectures import hq_sam2, meta_sam2, sam
from .references import HqSam, Sam, Sam2Predictor
from .systems import System, Upscaled, _centre_sam, _syscv_sam, runs
from .weights import centre_masks


def build_converted(name, house, seed, clones):
    """Pull the system `name` into the house of a daemon; return it, its reference ready to be asked.

    It gets an id of its own: under the known one only the published bytes are taken.
    """
    family, reference, weights = _MAKERS[name](seed, clones)
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Path(scratch) / f"{name}.pth"
        torch.save(weights, checkpoint)
        pull(house, f"own-{name}", checkpoint)
    return System(f"own-{name}", family, reference)


def pull(house, name, checkpoint):
    """Have the daemon of a house pull a checkpoint from a server of its own."""
    from tests.unit.tricky_server import TrickyServer

    server = TrickyServer()
    server.files[f"/{checkpoint.name}"] = checkpoint.read_bytes()
    try:
        with house.connect("pull") as client:
            address = f"{server.url}/{checkpoint.name}"
            client.request(ModelPull(name, address, accept=True), timeout=600.0)
    finally:
        server.close()


def _hq_sam(kind, output, seed, clones):
    model, encoded = _syscv_sam(kind, seed, clones)
    return "hq_sam", HqSam(model, output, encoded), model.state_dict()


def _sam2(size, seed, clones):
    model = meta_sam2(size, clones / "sam2", seed)
    reference = Sam2Predictor(model)
    _centre_sam(model.sam_mask_decoder, runs(reference))
    return "sam2", reference, {"model": model.state_dict()}


def _hq_sam2(seed, clones):
    model = hq_sam2(clones / "sam-hq", seed)
    decoder, feature = model.sam_mask_decoder, model.sam_mask_decoder.embedding_maskfeature
    networks = [*decoder.output_hypernetworks_mlps, decoder.hf_mlp]
    upscaled = Upscaled([feature], lambda watch: [*[watch.given[feature][0]] * 4, watch.returned[feature]])
    reference = Sam2Predictor(model)
    centre_masks(networks, lambda network: network.layers[-1], upscaled, runs(reference))
    return "hq_sam2", reference, {"model": model.state_dict()}


def _sam(repository, package, kind, seed, clones):
    model = sam(kind, clones / repository, seed, package)
    reference = Sam(model, package)
    _centre_sam(model.mask_decoder, runs(reference))
    return "sam", reference, model.state_dict()


_MAKERS = {
    "hq-sam-light": partial(_hq_sam, "vit_tiny", "hq-only"),
    **{f"sam2.1-hiera-{size}": partial(_sam2, size) for size in ("tiny", "small", "base-plus", "large")},
    "hq-sam2.1-hiera-large": _hq_sam2,
    **{f"sam-hq-vit-{letter}": partial(_hq_sam, f"vit_{letter}", "three") for letter in "blh"},
    "sam-vit-b": partial(_sam, "segment-anything", "segment_anything", "vit_b"),
    "mobile-sam": partial(_sam, "MobileSAM", "mobile_sam", "vit_t"),
}
CONVERTED = tuple(_MAKERS)
