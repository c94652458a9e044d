# SPDX-License-Identifier: GPL-3.0-or-later
"""From prompts in image coordinates to the decoder's tensors, by the rules of a family."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from .family import BoxRule, Family, PaddingPoint
from .masks import box_as_mask, box_as_point, without_mask

if TYPE_CHECKING:
    from maskwright_shared.geometry import Box

    from .embedding import Geometry
    from .prompts import ModelPrompts

PADDING = -1
BOX_TOP_LEFT = 2
BOX_BOTTOM_RIGHT = 3


def prompt_tensors(family: Family, geometry: Geometry, prompts: ModelPrompts) -> dict[str, npt.NDArray[Any]]:
    """Return the decoder's inputs other than the image embedding, by name."""
    if prompts.mask_input is not None and not family.takes_mask:
        prompts = without_mask(prompts, geometry)
    if family.box is BoxRule.MASK:
        prompts = box_as_mask(prompts, geometry)
    elif family.box is BoxRule.MIDDLE:
        prompts = box_as_point(prompts)
    coords, labels = _points(family, geometry, prompts)
    feed = {
        family.inputs.points: _shaped(family, family.inputs.points, coords),
        family.inputs.labels: _shaped(family, family.inputs.labels, labels),
    }
    if family.inputs.boxes is not None:
        feed[family.inputs.boxes] = _boxes(geometry, prompts.box)
    if family.inputs.mask is not None:
        feed[family.inputs.mask] = _mask(family, prompts.mask_input)
    if family.inputs.has_mask is not None:
        feed[family.inputs.has_mask] = np.array([prompts.mask_input is not None], np.float32)
    if family.inputs.image_size is not None:
        feed[family.inputs.image_size] = _image_size(geometry, family.inputs.size_divisor)
    return feed


def _points(family: Family, geometry: Geometry, prompts: ModelPrompts) -> tuple[list[float], list[int]]:
    """Return x, y, x, y ... in the square, and the labels; the list may be empty where a box is a tensor."""
    points = [(point.x, point.y, int(point.foreground)) for point in prompts.points]
    if prompts.box is not None and family.box is BoxRule.CORNERS:
        corners = [(*prompts.box[:2], BOX_TOP_LEFT), (*prompts.box[2:], BOX_BOTTOM_RIGHT)]
        points = [*corners, *points]
    coords = [value for x, y, _ in points for value in geometry.to_model(x, y)]
    if family.whole_points:
        coords = [float(math.floor(value + 0.5)) for value in coords]
    labels = [label for _, _, label in points]
    padded = family.padding_point is PaddingPoint.WITHOUT_BOX and prompts.box is None
    alone = (
        family.box is not BoxRule.TENSOR and not points
    )  # a mask alone: few graphs run with no point at all
    if padded or alone:
        coords += [0.0, 0.0]
        labels.append(PADDING)
    return coords, labels


def _shaped(family: Family, name: str, values: list[Any]) -> npt.NDArray[Any]:
    """Return the values in the tensor's dtype and shape, each axis of unknown size but one being 1."""
    tensor = family.decoder_tensor(name)
    free = max(index for index, size in enumerate(tensor.shape) if isinstance(size, str))
    shape = [size if isinstance(size, int) else 1 for size in tensor.shape]
    shape[free] = len(values) // (shape[-1] if free < len(shape) - 1 else 1)
    return np.asarray(values, tensor.dtype).reshape(shape)


def _boxes(geometry: Geometry, box: Box | None) -> npt.NDArray[np.float32]:
    if box is None:
        return np.zeros((1, 0, 4), np.float32)
    corners = (*geometry.to_model(box.x0, box.y0), *geometry.to_model(box.x1, box.y1))
    return np.array([[corners]], np.float32)


def _mask(family: Family, logits: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    side = family.mask_side
    if logits is None:
        return np.zeros((1, 1, side, side), np.float32)
    values = np.ascontiguousarray(logits, np.float32)
    if values.shape != (side, side):
        values = np.array(Image.fromarray(values).resize((side, side), Image.Resampling.BILINEAR))
    if family.mask_as_probability:
        values = 1.0 / (1.0 + np.exp(-values.clip(-80.0, 80.0)))
    return values.astype(np.float32, copy=False)[None, None]


def _image_size(geometry: Geometry, divisor: int) -> npt.NDArray[np.float32]:
    """Return (height, width) of the fitted image by the family's divisor; see DecoderInputs."""
    height, width = geometry.fitted_height // divisor, geometry.fitted_width // divisor
    return np.array([max(1, height), max(1, width)], np.float32)
