# SPDX-License-Identifier: GPL-3.0-or-later
"""Image embeddings, and how an image lies in a model's square."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


@dataclass(frozen=True)
class Geometry:
    """An image of width x height pixels, resized to fitted_width x fitted_height at the left top of a square."""

    width: int
    height: int
    fitted_width: int
    fitted_height: int
    side: int

    def to_model(self, x: float, y: float) -> tuple[float, float]:
        """Return a position of the image in the square; the half-pixel shift is the graph's own business."""
        return x * (self.fitted_width / self.width), y * (self.fitted_height / self.height)

    @property
    def is_stretched(self) -> bool:
        """Whether the image fills the square, so that there is nothing to crop."""
        return self.fitted_width == self.side and self.fitted_height == self.side


@dataclass(frozen=True)
class ImageEmbedding:
    """What an image encoder made of one image: its outputs by name, and where the image lies in them.

    `shared` is what a decoder computed from them for all clicks on the image, by whether these hold a mask.
    """

    tensors: Mapping[str, npt.NDArray[Any]]
    geometry: Geometry
    shared: dict[bool, Mapping[str, npt.NDArray[Any]]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The image's width in pixels."""
        return self.geometry.width

    @property
    def height(self) -> int:
        """The image's height in pixels."""
        return self.geometry.height

    @property
    def nbytes(self) -> int:
        """The memory that the tensors take."""
        kept = [self.tensors, *list(self.shared.values())]
        return sum(int(tensor.nbytes) for tensors in kept for tensor in tensors.values())
