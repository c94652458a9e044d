# SPDX-License-Identifier: GPL-3.0-or-later
"""From prompts in image coordinates to the decoder's tensors, by the rules of a family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .family import BoxRule, Family, PaddingPoint
from .masks import without_mask

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
    coords, labels = _points(family, geometry, prompts)
    feed = {
        family.inputs.points: _shaped(family, family.inputs.points, coords),
        family.inputs.labels: _shaped(family, family.inputs.labels, labels),
    }
    if family.inputs.boxes is not None:
        feed[family.inputs.boxes] = _boxes(geometry, prompts.box)
    if family.inputs.mask is not None and family.inputs.has_mask is not None:
        feed[family.inputs.mask] = _mask(prompts.mask_input)
        feed[family.inputs.has_mask] = np.array([prompts.mask_input is not None], np.float32)
    if family.inputs.image_size is not None:
        feed[family.inputs.image_size] = _image_size(geometry)
    return feed


def _points(
    family: Family, geometry: Geometry, prompts: ModelPrompts
) -> tuple[list[tuple[float, float]], list[int]]:
    coords: list[tuple[float, float]] = []
    labels: list[int] = []
    if prompts.box is not None and family.box is BoxRule.CORNERS:
        coords += [
            geometry.to_model(prompts.box.x0, prompts.box.y0),
            geometry.to_model(prompts.box.x1, prompts.box.y1),
        ]
        labels += [BOX_TOP_LEFT, BOX_BOTTOM_RIGHT]
    coords += [geometry.to_model(point.x, point.y) for point in prompts.points]
    labels += [int(point.foreground) for point in prompts.points]
    if prompts.box is None and family.padding_point is PaddingPoint.WITHOUT_BOX:
        coords.append((0.0, 0.0))
        labels.append(PADDING)
    if not coords:  # no graph is sure to run with no point at all
        coords.append((0.0, 0.0))
        labels.append(PADDING if family.ignored_label is None else family.ignored_label)
    return coords, labels


def _shaped(family: Family, name: str, values: list[Any]) -> npt.NDArray[Any]:
    """Return the values with as many leading axes of size 1 as the tensor has."""
    tensor = family.decoder_tensor(name)
    array = np.asarray(values, tensor.dtype)
    return array.reshape((1,) * (len(tensor.shape) - array.ndim) + array.shape)


def _boxes(geometry: Geometry, box: Box | None) -> npt.NDArray[np.float32]:
    if box is None:
        return np.zeros((1, 0, 4), np.float32)
    corners = (*geometry.to_model(box.x0, box.y0), *geometry.to_model(box.x1, box.y1))
    return np.array([[corners]], np.float32)


def _mask(logits: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    if logits is None:
        return np.zeros((1, 1, 256, 256), np.float32)
    return np.ascontiguousarray(logits, np.float32)[None, None]


def _image_size(geometry: Geometry) -> npt.NDArray[np.float32]:
    """Return (height, width) a quarter of the fitted size.

    The graph only scales `masks` to it, which is not read: at the image's own size it would cost more than the
    rest of the decoder.
    """
    return np.array([max(1, geometry.fitted_height // 4), max(1, geometry.fitted_width // 4)], np.float32)
