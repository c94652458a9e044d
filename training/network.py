# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: an encoder that sees the picture once, and a decoder that answers one prompt after another.

Strides are against the network's picture, SIDE x SIDE. Every layer is one that `graphs/network.py`
writes as plain ONNX operators from the same names of weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .cues import CUES

STEM, FINE, MIDDLE, COARSE, DEEP, EMBEDDING = 16, 48, 64, 96, 160, 32


class Unit(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, taken: int, given: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(taken, given, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(given),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two convolutions around which the input passes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Unit(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, planes: Tensor) -> Tensor:
        """Keep the shape (B, C, h, w)."""
        return functional.relu(planes + self.second(self.first(planes)))


def enlarged(planes: Tensor) -> Tensor:
    """Twice the size, bilinearly."""
    return functional.interpolate(planes, scale_factor=2, mode="bilinear", align_corners=False)


class Encoder(nn.Module):
    """From a picture to what a decoder needs of it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Unit(3, STEM, 5, 2)
        self.fine = nn.Sequential(Unit(STEM, FINE, 3, 2), Residual(FINE))
        self.middle = nn.Sequential(Unit(FINE, MIDDLE, 3, 2), Residual(MIDDLE), Residual(MIDDLE))
        self.coarse = nn.Sequential(Unit(MIDDLE, COARSE, 3, 2), Residual(COARSE), Residual(COARSE))
        self.deep = nn.Sequential(Unit(COARSE, DEEP, 3, 2), Residual(DEEP), Residual(DEEP))
        self.overall = nn.Linear(DEEP, COARSE)
        self.from_deep, self.from_coarse = Unit(DEEP, COARSE, 1), Unit(COARSE, COARSE, 1)
        self.join_coarse = Unit(COARSE, COARSE)
        self.to_middle, self.from_middle, self.join_middle = (
            Unit(COARSE, MIDDLE, 1),
            Unit(MIDDLE, MIDDLE, 1),
            Unit(MIDDLE, MIDDLE),
        )
        self.to_fine, self.from_fine, self.join_fine = (
            Unit(MIDDLE, FINE, 1),
            Unit(FINE, FINE, 1),
            Unit(FINE, FINE),
        )
        self.embedding, self.edge = nn.Conv2d(FINE, EMBEDDING, 1), nn.Conv2d(FINE, 1, 1)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Turn RGB 0..1 (B, 3, S, S) into planes: stride 2, 4, 8, 16, and at 4 embedding and edge logits."""
        stem = self.stem((picture - 0.45) / 0.25)
        fine = self.fine(stem)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        deep = self.deep(coarse)
        seen = self.from_deep(deep) + self.overall(deep.mean((2, 3)))[:, :, None, None]
        coarse = self.join_coarse(self.from_coarse(coarse) + enlarged(seen))
        middle = self.join_middle(self.from_middle(middle) + enlarged(self.to_middle(coarse)))
        fine = self.join_fine(self.from_fine(fine) + enlarged(self.to_fine(middle)))
        return stem, fine, middle, coarse, self.embedding(fine), self.edge(fine)


class Decoder(nn.Module):
    """From the encoder's planes and a prompt's cues to three answers."""

    def __init__(self) -> None:
        super().__init__()
        self.enter_fine, self.down_fine = Unit(FINE + CUES, FINE, 1), Residual(FINE)
        self.to_middle, self.enter_middle, self.down_middle = (
            Unit(FINE, MIDDLE, 3, 2),
            Unit(2 * MIDDLE, MIDDLE, 1),
            Residual(MIDDLE),
        )
        self.to_coarse, self.enter_coarse = Unit(MIDDLE, COARSE, 3, 2), Unit(2 * COARSE, COARSE, 1)
        self.overall = nn.Linear(COARSE, COARSE)
        self.bottom = nn.Sequential(Residual(COARSE), Residual(COARSE))
        self.up_middle, self.join_middle = Unit(COARSE, MIDDLE, 1), Residual(MIDDLE)
        self.up_fine, self.join_fine = Unit(MIDDLE, FINE, 1), Residual(FINE)
        self.up_stem, self.join_stem = nn.Conv2d(FINE, STEM, 1), Unit(STEM, STEM)
        self.masks = nn.Conv2d(STEM, 3, 3, 1, 1)
        self.quality = nn.Sequential(nn.Linear(COARSE + 3 * FINE, 64), nn.ReLU(), nn.Linear(64, 3))

    def forward(self, planes: tuple[Tensor, ...], cues: Tensor) -> tuple[Tensor, Tensor]:
        """Give three masks' logits (N, 3, S/2, S/2), and the logits of their IoU (N, 3)."""
        stem, fine, middle, coarse = planes[:4]
        low = self.down_fine(self.enter_fine(torch.cat([fine, cues], 1)))
        half = self.down_middle(self.enter_middle(torch.cat([self.to_middle(low), middle], 1)))
        quarter = self.enter_coarse(torch.cat([self.to_coarse(half), coarse], 1))
        quarter = self.bottom(quarter + self.overall(quarter.mean((2, 3)))[:, :, None, None])
        half = self.join_middle(half + enlarged(self.up_middle(quarter)))
        low = self.join_fine(low + enlarged(self.up_fine(half)))
        masks = self.masks(self.join_stem(functional.relu(enlarged(self.up_stem(low)) + stem)))
        shares = functional.avg_pool2d(masks.detach(), 2).sigmoid()
        inside = torch.einsum("nkhw,nchw->nkc", shares, low.to(shares.dtype)) / (
            shares.sum((2, 3))[..., None] + 4
        )
        return masks, self.quality(torch.cat([quarter.mean((2, 3)), inside.flatten(1)], 1))
