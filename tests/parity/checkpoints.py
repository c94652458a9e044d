# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a checkpoint of random weights in the format in which a model's authors publish theirs.

    python -m tests.parity.checkpoints sam2.1-hiera-large FOLDER                 as transformers saves it
    python -m tests.parity.checkpoints sam2.1-hiera-large FILE.pt --clone sam2   as facebookresearch/sam2 has it
    python -m tests.parity.checkpoints sam-hq-vit-h FILE.pth --clone sam-hq      as SysCV/sam-hq has it
    python -m tests.parity.checkpoints sam-vit-b FILE.pth --clone segment-anything
    python -m tests.parity.checkpoints mobile-sam FILE.pt --clone MobileSAM

It is what `maskwright models export`, and the authors' own export scripts, can be tried with where trained weights
cannot be had.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import torch

from .architectures import SAM2_SIZES, hq_sam2, meta_sam2, sam, transformers_sam2


def _sam2(size, path, clone, seed):
    if clone is None:
        transformers_sam2(size, seed).save_pretrained(path)
    else:
        torch.save({"model": meta_sam2(size, clone, seed).state_dict()}, path)


def _hq_sam2(path, clone, seed):
    torch.save({"model": hq_sam2(clone, seed).state_dict()}, path)


def _sam(name, path, clone, seed, package="segment_anything"):
    torch.save(sam(name, clone, seed, package).state_dict(), path)


_WRITERS = {
    **{f"sam2.1-hiera-{size}": partial(_sam2, size) for size in SAM2_SIZES},
    "hq-sam2.1-hiera-large": _hq_sam2,
    "hq-sam-light": partial(_sam, "vit_tiny"),
    **{f"sam-hq-vit-{letter}": partial(_sam, f"vit_{letter}") for letter in "blh"},
    "sam-vit-b": partial(_sam, "vit_b"),
    "mobile-sam": partial(_sam, "vit_t", package="mobile_sam"),
}


def main():
    """Write one checkpoint."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity.checkpoints", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", choices=_WRITERS)
    parser.add_argument("path", type=Path, help="the file, or transformers' folder")
    parser.add_argument("--clone", type=Path, help="a clone of the authors' repository")
    parser.add_argument("--seed", type=int, default=2024)
    options = parser.parse_args()
    if options.clone is None and options.model not in {f"sam2.1-hiera-{size}" for size in SAM2_SIZES}:
        parser.error(f"{options.model} is made by its authors' code: name a clone of it with --clone")
    _WRITERS[options.model](options.path, options.clone, options.seed)


if __name__ == "__main__":
    main()
