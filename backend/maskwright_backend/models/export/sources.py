# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that can be exported: how each is loaded from a checkpoint, written as graphs, and asked itself.

SAM 2 is transformers' (a folder that `save_pretrained` wrote, or what its cache holds of the hub; or Meta's own
file); both HQ-SAMs need the user's own clone of SysCV/sam-hq, whose code is imported from there.
"""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch.nn import functional

from ...imaging.preprocess import IMAGENET_MEAN, IMAGENET_STD, Resize
from .hq_sam import Output, export_hq_sam, select_masks
from .hq_sam2 import export_hq_sam2
from .refusals import need_all, refused
from .sam2 import SIDE, export_preconverted, export_sam2
from .sam2_checkpoint import BASE_PLUS, LARGE, SMALL, TINY, Size, load_sam2

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from maskwright_shared.geometry import Box, Point

_UNREADABLE = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, EOFError, pickle.UnpicklingError
)  # fmt: skip
"""What torch, transformers and the models' own code raise on a file that is not the checkpoint they expect."""

Answer = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Logits, (C, 256, 256), and (up to C,) scores."""

Ask = Callable[["Sequence[Point]", "Box | None"], Answer]
HQ_SAM2_CONFIG = "configs/sam2.1/sam2.1_hq_hiera_l.yaml"


@dataclass(frozen=True)
class Source:
    """A loaded checkpoint: `write` makes the graphs in a folder, `encode` takes (H, W, 3) 8-bit pixels.

    What `encode` returns gives the model's own answer to points and a box, as often as it is asked.
    """

    write: Callable[[Path], object]
    encode: Callable[[npt.NDArray[np.uint8]], Ask]


def open_source(model_id: str, checkpoint: Path, clone: Path | None = None) -> Source:
    """Load a checkpoint as the known model `model_id`.

    Raises:
        ModelError: `model.export` for a model that cannot be exported, a missing clone or package, or a
            checkpoint that is not this model's.
    """
    load = _LOADERS.get(model_id)
    if load is None:
        raise refused(f"'{model_id}' cannot be exported; these can: {', '.join(_LOADERS)}")
    try:
        return load(checkpoint, clone)
    except ImportError as error:
        reason = f"the package '{error.name}' is missing: install Maskwright with its extra 'export'"
        raise refused(reason) from error
    except _UNREADABLE as error:
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise refused(f"{checkpoint} cannot be loaded as {model_id} ({reason.rstrip('.')})") from error


def _sam2(
    size: Size, write: Callable[[Any, Path], None], resize: Resize, checkpoint: Path, _: Path | None
) -> Source:
    model = load_sam2(checkpoint, size)
    return Source(partial(write, model), partial(_encode_sam2, model, resize))


def _encode_sam2(model: Any, resize: Resize, rgb: npt.NDArray[np.uint8]) -> Ask:
    height, width = rgb.shape[:2]
    scale = torch.tensor([SIDE / width, SIDE / height])
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        embeddings = model.get_image_embeddings((_stretched(rgb, resize) - mean) / std)

    def ask(points: Sequence[Point], box: Box | None) -> Answer:
        with torch.no_grad():
            result = model(
                image_embeddings=list(embeddings),
                input_points=torch.tensor([[[[p.x, p.y] for p in points]]]) * scale if points else None,
                input_labels=torch.tensor([[[int(p.foreground) for p in points]]]) if points else None,
                input_boxes=torch.tensor([[list(box)]]) * scale.repeat(2) if box else None,
                multimask_output=True,
            )
        return result.pred_masks[0, 0].numpy(), result.iou_scores[0, 0].numpy()

    return ask


def _stretched(rgb: npt.NDArray[np.uint8], resize: Resize) -> torch.Tensor:
    """Return (1, 3, 1024, 1024) in 0..1: in floats by torch, or on 8-bit values by Pillow."""
    if resize is Resize.STRETCH_ROUNDED:
        rgb = np.asarray(Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    pixels = torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None] / 255.0
    return functional.interpolate(pixels, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


def _hq_sam(name: str, output: Output, checkpoint: Path, clone: Path | None) -> Source:
    package = _from_clone("segment_anything", clone, "")
    model = package.sam_model_registry[name]()
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    known, _ = set(weights), model.load_state_dict(weights, strict=False)
    need_all(checkpoint, [name for name, _ in model.named_parameters() if name not in known])
    predictor = package.SamPredictor(model.eval())
    image_name = "image" if name == "vit_tiny" else "pixel_values"
    return Source(
        partial(export_hq_sam, model, output=output, image_name=image_name),
        partial(_encode, predictor, partial(_ask_hq_sam, predictor, output)),
    )


def _encode(predictor: Any, ask: Ask, rgb: npt.NDArray[np.uint8]) -> Ask:
    predictor.set_image(rgb)
    return ask


def _ask_hq_sam(predictor: Any, output: Output, points: Sequence[Point], box: Box | None) -> Answer:
    coords, labels, corners = _arrays(points, box)
    if output is not Output.THREE:
        found = predictor.predict(
            coords, labels, corners, multimask_output=False, hq_token_only=output is Output.HQ_ONLY
        )
        return found[2], found[1]
    with _all_masks(predictor.model.mask_decoder) as kept:
        predictor.predict(coords, labels, corners, multimask_output=False)
    every, all_scores = kept[-1][:2]
    masks, scores = select_masks(every, all_scores, output)
    return masks[0].numpy(), scores[0].numpy()


def _hq_sam2(checkpoint: Path, clone: Path | None) -> Source:
    build = _from_clone("sam2.build_sam", clone, "sam-hq2")
    model = build.build_sam2(HQ_SAM2_CONFIG, str(checkpoint), device="cpu")
    predictor = importlib.import_module("sam2.sam2_image_predictor").SAM2ImagePredictor(model)
    return Source(
        partial(export_hq_sam2, model), partial(_encode, predictor, partial(_ask_hq_sam2, predictor))
    )


def _ask_hq_sam2(predictor: Any, points: Sequence[Point], box: Box | None) -> Answer:
    coords, labels, corners = _arrays(points, box)
    with _all_masks(predictor.model.sam_mask_decoder) as kept:
        predictor.predict(coords, labels, corners)
    masks, scores = kept[-1][:2]
    return masks[0, 1:].numpy(), scores[0, 1:].numpy()


class _all_masks:  # noqa: N801 - used like a function
    """Keeps every mask that a decoder of SysCV's predicts, before its caller picks from them."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._predict = decoder.predict_masks
        self._kept: list[Any] = []

    def __enter__(self) -> list[Any]:
        def keep(*args: Any, **kwargs: Any) -> Any:
            self._kept.append(self._predict(*args, **kwargs))
            return self._kept[-1]

        self._decoder.predict_masks = keep
        return self._kept

    def __exit__(self, *_: object) -> None:
        del self._decoder.predict_masks


def _arrays(points: Sequence[Point], box: Box | None) -> tuple[Any, Any, Any]:
    if not points:
        return None, None, np.array(box, np.float32)
    coords = np.array([[p.x, p.y] for p in points], np.float32)
    return (
        coords,
        np.array([int(p.foreground) for p in points]),
        None if box is None else np.array(box, np.float32),
    )


def _from_clone(module: str, clone: Path | None, folder: str) -> Any:
    if clone is None or not (clone / folder / module.partition(".")[0]).is_dir():
        raise refused(
            "this model's code is needed: clone https://github.com/SysCV/sam-hq and name the clone's folder"
        )
    path = str((clone / folder).absolute())
    if path not in sys.path:
        sys.path.insert(0, path)
    return importlib.import_module(module)


_LOADERS: dict[str, Callable[[Path, Path | None], Source]] = {
    "sam2.1-hiera-tiny": partial(_sam2, TINY, export_sam2, Resize.STRETCH),
    "sam2.1-hiera-small": partial(_sam2, SMALL, export_preconverted, Resize.STRETCH_ROUNDED),
    "sam2.1-hiera-small-darktable": partial(_sam2, SMALL, export_sam2, Resize.STRETCH),
    "sam2.1-hiera-base-plus": partial(_sam2, BASE_PLUS, export_sam2, Resize.STRETCH),
    "sam2.1-hiera-large": partial(_sam2, LARGE, export_sam2, Resize.STRETCH),
    "hq-sam2.1-hiera-large": _hq_sam2,
    "hq-sam-light": partial(_hq_sam, "vit_tiny", Output.HQ_ONLY),
    "sam-hq-vit-b": partial(_hq_sam, "vit_b", Output.THREE),
    "sam-hq-vit-l": partial(_hq_sam, "vit_l", Output.THREE),
    "sam-hq-vit-h": partial(_hq_sam, "vit_h", Output.THREE),
}
EXPORTABLE = tuple(_LOADERS)
