# SPDX-License-Identifier: GPL-3.0-or-later
"""The side of a model's square, read from its graphs where the family leaves it open."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .contract import Signature
    from .family import Dim, Family, Tensor

SIDE = "side"
LARGEST = 8192


def with_side(family: Family, signature: Signature) -> Family:
    """Return the family for the square of this pair: every "side" and "side/4" in its shapes becomes a number.

    The encoder's image tells the side, else the embedding as the decoder declares it, else the family's own is
    taken. A family that names no side is returned as it is.
    """
    if SIDE not in family.image.shape:
        return family
    side = next(_declared(family, signature), family.preprocessing.side)
    return dataclasses.replace(
        family,
        preprocessing=dataclasses.replace(family.preprocessing, side=side),
        image=_fixed(family.image, side),
        embedding=tuple(_fixed(tensor, side) for tensor in family.embedding),
        logits=tuple(_fixed(tensor, side) for tensor in family.logits),
    )


def _declared(family: Family, signature: Signature) -> Iterator[int]:
    """Yield each side that a declared size stands for, in the order in which they are to be believed."""
    by_name = {info.name: info.shape for info in signature.decoder_inputs}
    images = [(family.image, info.shape) for info in signature.encoder_inputs[:1]]
    inputs = [(tensor, by_name[tensor.name]) for tensor in family.embedding if tensor.name in by_name]
    for tensor, shape in (*images, *inputs):
        for dim, size in zip(tensor.shape, shape, strict=False):
            if isinstance(dim, str) and dim.startswith(SIDE) and isinstance(size, int):
                side = round(size * _divisor(dim))
                if 0 < side <= LARGEST:
                    yield side


def _fixed(tensor: Tensor, side: int) -> Tensor:
    shape: tuple[Dim, ...] = tuple(
        int(side / _divisor(dim)) if isinstance(dim, str) and dim.startswith(SIDE) else dim
        for dim in tensor.shape
    )
    return dataclasses.replace(tensor, shape=shape)


def _divisor(dim: str) -> float:
    return float(dim.partition("/")[2] or 1)
