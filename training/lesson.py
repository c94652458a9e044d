# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of learning: a batch of samples, one to five looks at each, with a click or two between."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .clicks import Random, hasty_box, loose_click, rough_mask
from .cues import Prompts, cues, image_cues
from .network import Decoder, Encoder
from .samples import Sample

LOOKS, SHARES = (1, 2, 3, 4, 5), (0.34, 0.22, 0.18, 0.15, 0.11)
BOXES, ROUGH = 0.4, 0.08
MOST_CLICKS = 7


@dataclass
class Session:
    """The prompts of a batch as they grow: clicks and boxes in cells of stride 4, masks at stride 2."""

    samples: list[Sample]
    rng: Random
    clicks: Tensor = field(init=False)
    boxes: Tensor = field(init=False)
    used: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Begin without any prompt."""
        count = len(self.samples)
        self.clicks = torch.zeros(count, MOST_CLICKS, 3)
        self.clicks[..., 2] = -1
        self.boxes = torch.full((count, 4), -1.0)
        self.used = [0] * count

    def draw_boxes(self) -> None:
        """Give some of the samples a box to begin with."""
        for index, one in enumerate(self.samples):
            if self.rng.random() < BOXES:
                self.boxes[index] = torch.from_numpy(hasty_box(self.rng, one.asked) / 2).float()

    def boxed(self) -> Tensor:
        """Tell which samples have a box."""
        return self.boxes[:, 0] >= 0

    def click(self, answers: list[np.ndarray], look: int) -> None:
        """Add a click to each sample; a box is looked at once, or twice, without."""
        for index, (one, answer) in enumerate(zip(self.samples, answers, strict=True)):
            if self.boxed()[index] and (look == 0 or (look == 1 and self.rng.random() < 0.5)):
                continue
            made = loose_click(self.rng, answer, one.asked)
            if made is not None and self.used[index] < MOST_CLICKS:
                self.clicks[index, self.used[index]] = torch.tensor([made[0] / 2, made[1] / 2, made[2]])
                self.used[index] += 1

    def prompts(self, earlier: Tensor | None) -> Prompts:
        """Give what the decoder is to see now."""
        return Prompts(self.clicks[:, : max(1, *self.used)], self.boxes, earlier)


def lesson(
    encoder: Encoder, decoder: Decoder, samples: list[Sample], rng: Random
) -> tuple[Tensor, dict[str, float]]:
    """Give the loss of a batch, to be differentiated, and the IoU of its looks by name."""
    planes = torch.from_numpy(np.stack([one.picture for one in samples])).permute(0, 3, 1, 2)
    picture = planes.float().div_(255).contiguous(memory_format=torch.channels_last)
    asked, part, whole = (
        torch.from_numpy(np.stack([getattr(one, name) for one in samples])).float()
        for name in ("asked", "part", "whole")
    )
    edges = torch.from_numpy(np.stack([one.edges for one in samples]))[:, None].float()
    with torch.autocast("cpu", torch.bfloat16):
        seen = encoder(picture)
    embedding, edge = seen[4].float(), seen[5].float()
    image = image_cues(picture, edge.detach())
    session = Session(samples, rng)
    looks = int(rng.choice(LOOKS, p=SHARES))
    answers = [np.zeros_like(one.asked) for one in samples]
    earlier = None
    if rng.random() < ROUGH:
        answers = [rough_mask(rng, one.asked) for one in samples]
        earlier = functional.avg_pool2d(torch.from_numpy(np.stack(answers)).float(), 2)
    else:
        session.draw_boxes()
    known = torch.tensor([one.edges_known for one in samples]).float()[:, None, None, None]
    loss = 0.3 * functional.binary_cross_entropy_with_logits(edge, edges, known, pos_weight=torch.tensor(3.0))
    report: dict[str, float] = {}
    for look in range(looks):
        session.click(answers, look)
        learns = look in (0, looks - 1)
        with torch.set_grad_enabled(learns):
            drawn = cues(image, embedding, session.prompts(earlier))
            with torch.autocast("cpu", torch.bfloat16):
                masks, quality = decoder(seen, drawn)
            masks, quality = masks.float(), quality.float()
            if learns:
                gained, ious = judged(masks, quality, (asked, part, whole), first=look == 0)
                loss = loss + gained
                _note(report, ious, session.boxed(), look)
        with torch.no_grad():
            shares = masks[:, 0].detach().sigmoid()
            earlier = functional.avg_pool2d(shares[:, None], 2)[:, 0]
            answers = list((shares > 0.5).numpy())
    return loss, report


def judged(
    masks: Tensor, quality: Tensor, truths: tuple[Tensor, Tensor, Tensor], *, first: bool
) -> tuple[Tensor, Tensor]:
    """Give the loss of three masks and their predicted IoU, and the true IoU (N, 3) with what was asked for."""
    asked, part, whole = truths
    losses, ious = zip(*(mask_loss(masks[:, k], asked) for k in range(3)), strict=True)
    loss = losses[0].mean()
    ambiguous = ((part - whole).abs().sum((1, 2)) > 0).float()
    smaller, larger = mask_loss(masks[:, 1], part)[0], mask_loss(masks[:, 2], whole)[0]
    freely = torch.minimum(losses[1], losses[2])
    loss = (
        loss
        + (0.25 if first else 0.1) * (ambiguous * (smaller + larger) / 2 + (1 - ambiguous) * freely).mean()
    )
    true = torch.stack(ious, 1)
    return loss + 0.2 * functional.mse_loss(quality.sigmoid(), true), true


def mask_loss(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Give normalised focal plus dice loss and the IoU of (N, h, w), one number each per sample."""
    plain = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    shares = logits.sigmoid()
    doubt = (1 - torch.where(truth > 0.5, shares, 1 - shares)).detach()
    focal = (plain * (0.5 + 0.5 * doubt / (doubt.mean((1, 2), keepdim=True) + 0.02))).mean((1, 2))
    both = (shares * truth).sum((1, 2))
    dice = 1 - (2 * both + 20) / (shares.sum((1, 2)) + truth.sum((1, 2)) + 20)
    with torch.no_grad():
        inside, right = logits > 0, truth > 0.5
        iou = (inside & right).sum((1, 2)) / (inside | right).sum((1, 2)).clamp_min(1)
    return focal + dice, iou


def _note(report: dict[str, float], ious: Tensor, boxed: Tensor, look: int) -> None:
    if look > 0:
        report[f"look {look + 1}"] = ious[:, 0].mean().item()
        return
    for name, which in (("click", ~boxed), ("box", boxed)):
        if which.any():
            report[name] = ious[which, 0].mean().item()
            report[f"{name}, best of three"] = ious[which].amax(1).mean().item()
