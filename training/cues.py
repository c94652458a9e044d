# SPDX-License-Identifier: GPL-3.0-or-later
"""What the decoder is told about a prompt, drawn as planes at stride 4: where, how far, how alike, what so far."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

HEADS, HEAD = 4, 8  # of the embedding, compared head by head
BINS = 8  # for each of three colour axes
CUES = 14 + 4 * HEADS
FAR = 1e4
SWEEPS = 2


@dataclass
class ImageCues:
    """Of one batch of pictures, once: colours (B, 3, h, w), costs of steps across and down, each cell's colour bin."""

    colour: Tensor
    across: tuple[Tensor, Tensor]  # by colour and by learned edge: (B, h, w-1)
    down: tuple[Tensor, Tensor]  # (B, h-1, w)
    bins: Tensor  # (B, h, w) int64


@dataclass
class Prompts:
    """Prompts in cells of stride 4.

    Clicks (N, K, 3): x, y, and 1, 0 or -1 (none); boxes (N, 4), x0 < 0 for none; earlier probability (N, h, w).
    """

    clicks: Tensor
    boxes: Tensor
    earlier: Tensor | None


def image_cues(picture: Tensor, edge: Tensor) -> ImageCues:
    """Measure a picture (B, 3, H, W), 0..1, with its edge logits (B, 1, H/4, W/4)."""
    red, green, blue = functional.avg_pool2d(picture, 4).unbind(1)
    colour = torch.stack([(red + green + blue) / 3, (red - green) * 0.9, (red + green) * 0.5 - blue], 1)
    sure = edge.sigmoid()[:, 0]
    places = torch.stack([colour[:, 0], colour[:, 1] * 0.7 + 0.5, colour[:, 2] * 0.7 + 0.5], 1)
    steps = (places * BINS).long().clamp(0, BINS - 1)
    return ImageCues(
        colour,
        (
            (colour[..., 1:] - colour[..., :-1]).norm(dim=1) + 0.006,
            torch.maximum(sure[..., 1:], sure[..., :-1]) + 0.02,
        ),
        (
            (colour[..., 1:, :] - colour[..., :-1, :]).norm(dim=1) + 0.006,
            torch.maximum(sure[:, 1:], sure[:, :-1]) + 0.02,
        ),
        (steps[:, 0] * BINS + steps[:, 1]) * BINS + steps[:, 2],
    )


def cues(image: ImageCues, embedding: Tensor, prompts: Prompts) -> Tensor:
    """Draw the planes (N, CUES, h, w) for prompts that belong to the pictures one to one."""
    clicks, boxes = prompts.clicks, prompts.boxes
    count, cells = len(clicks), embedding.shape[-2:]
    rows, columns = (torch.arange(size) + 0.5 for size in cells)
    scale = float(cells[0] * cells[1]) ** 0.5
    squares = (clicks[..., 0, None, None] - columns[None, None, None]) ** 2
    squares = squares + (clicks[..., 1, None, None] - rows[None, None, :, None]) ** 2
    positive, negative = clicks[..., 2] == 1, clicks[..., 2] == 0
    far = torch.tensor(FAR)
    near, away = (torch.where(kind[..., None, None], squares, far).amin(1) for kind in (positive, negative))
    seeds, barred = near < 1.5, away < 1.5
    boxed = (boxes[:, 0] >= 0)[:, None, None]
    low_x, low_y, high_x, high_y = (boxes[:, k, None, None] for k in range(4))
    in_box = (
        (columns >= low_x)
        & (columns <= high_x)
        & (rows[:, None] >= low_y)
        & (rows[:, None] <= high_y)
        & boxed
    )
    out_box = boxed & ~in_box
    outside = barred | out_box
    ways = torch.cat([seeds, outside, seeds, outside])
    across, down = (torch.cat([pair[0], pair[0], pair[1], pair[1]]) for pair in (image.across, image.down))
    walks = geodesic(ways, across, down).view(4, count, *cells)
    reach = torch.exp(-walks * torch.tensor([2.0, 2.0, 0.7, 0.7])[:, None, None, None])
    at = clicks[..., 1].long().clamp(0, cells[0] - 1) * cells[1] + clicks[..., 0].long().clamp(
        0, cells[1] - 1
    )
    flat = image.colour.flatten(2)
    picked = torch.gather(flat, 2, at[:, None].expand(-1, 3, -1))
    unlike = (flat[:, :, None] - picked[..., None]).norm(dim=1)
    like = [
        torch.exp(-4 * torch.where(kind[..., None], unlike, far).amin(1)).view(count, *cells)
        for kind in (positive, negative)
    ]
    disc = torch.exp(-near / (2 * (0.1 * scale) ** 2))
    believed = torch.where(boxed, in_box.float(), disc) if prompts.earlier is None else prompts.earlier
    believed = torch.where(seeds, 1.0, torch.where(barred, 0.0, believed))
    odds = colour_odds(image.bins, believed)
    alike = likeness(embedding, at, (positive, negative), believed)
    earlier = torch.zeros(count, *cells) if prompts.earlier is None else prompts.earlier * 2 - 1
    planes = [
        torch.exp(-near / 4), torch.exp(-away / 4),
        torch.exp(-near.sqrt() * 4 / scale), torch.exp(-away.sqrt() * 4 / scale),
        earlier, in_box.float(), out_box.float(), *reach, *like, odds,
    ]  # fmt: skip
    return torch.cat([torch.stack(planes, 1), alike], 1)


def geodesic(seeds: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Measure the cheapest walk from the seeds (N, h, w), by sweeps along rows and columns."""
    walk = torch.where(seeds, 0.0, 50.0)
    for _ in range(SWEEPS):
        walk = swept(swept(walk, across, 2), down, 1)
    return walk


def swept(walk: Tensor, cost: Tensor, axis: int) -> Tensor:
    """Let every cell be reached along one axis, both ways; `cost` of the step between neighbours."""
    total = torch.cat([torch.zeros_like(walk.narrow(axis, 0, 1)), cost.cumsum(axis)], axis)
    walk = total + torch.cummin(walk - total, axis).values
    return torch.cummin((walk + total).flip(axis), axis).values.flip(axis) - total


def colour_odds(bins: Tensor, believed: Tensor) -> Tensor:
    """Compare the colours of what is believed to be the object with those of the rest, as log odds / 4."""
    cells, share = bins.flatten(1), believed.flatten(1)
    counts = torch.zeros(len(bins), 2, BINS**3)
    counts[:, 0].scatter_add_(1, cells, share)
    counts[:, 1].scatter_add_(1, cells, 1 - share)
    blurred = functional.avg_pool3d(counts.view(-1, 2, BINS, BINS, BINS), 3, 1, 1).flatten(2)
    counts = counts + 2 * blurred
    logs = (counts / (counts.sum(-1, keepdim=True) + 1e-3) + 2e-4).log()
    return torch.gather(logs[:, 0] - logs[:, 1], 1, cells).view(believed.shape) / 4


def likeness(embedding: Tensor, at: Tensor, kinds: tuple[Tensor, Tensor], believed: Tensor) -> Tensor:
    """Compare embeddings with those at the clicks, of the object so far and of the rest: (N, 4 * HEADS, h, w)."""
    count, _, *cells = embedding.shape
    unit = functional.normalize(embedding.view(count, HEADS, HEAD, -1), dim=2)
    picked = torch.gather(unit, 3, at[:, None, None].expand(-1, HEADS, HEAD, -1))
    similar = torch.einsum("nhdk,nhdp->nhkp", picked, unit)
    none = torch.tensor(-1.0)
    best = [torch.where(kind[:, None, :, None], similar, none).amax(2) for kind in kinds]
    share = believed.flatten(1)
    shares = torch.stack(
        [
            share / (share.sum(1, keepdim=True) + 1e-3),
            (1 - share) / ((1 - share).sum(1, keepdim=True) + 1e-3),
        ],
        1,
    )
    typical = functional.normalize(torch.einsum("nhdp,nmp->nhmd", unit, shares), dim=-1)
    mean = torch.einsum("nhmd,nhdp->nhmp", typical, unit)
    return torch.cat([*best, mean[:, :, 0], mean[:, :, 1]], 1).view(count, 4 * HEADS, *cells)
