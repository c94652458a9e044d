# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn to predict a candidate's IoU from what can be measured of it: a small network, quick to train."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from .study import Look

HIDDEN = 24
STEPS, BATCH, RATE, DECAY = 1500, 256, 4e-3, 1.0
PHOTOGRAPHS_COUNT = 2
RANKING = 0.5  # weight of the loss for preferring a worse candidate


def repeated(composed: Sequence[Look], real: Sequence[Look]) -> list[Look]:
    """Let looks at photographs count several times those at scenes."""
    return [*composed, *(list(real) * PHOTOGRAPHS_COUNT)]


def fit(looks: Sequence[Look], seed: int = 1) -> dict[str, npt.NDArray[np.float16]]:
    """Return the weights by the names that the decoder's `choice` asks for; the same data, the same weights."""
    torch.manual_seed(seed)
    measures = torch.from_numpy(np.stack([look.measures for look in looks]))
    truth = torch.from_numpy(np.stack([look.ious for look in looks]))
    mean, spread = measures.mean((0, 1)), measures.std((0, 1)) + 0.05
    score = nn.Sequential(nn.Linear(measures.shape[-1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    optimiser = torch.optim.AdamW(score.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(len(looks), (BATCH,))
        logits = score((measures[rows] - mean) / spread)[..., 0]
        optimiser.zero_grad()
        _loss(logits, truth[rows]).backward()
        optimiser.step()
        schedule.step()
    return _weights(score, mean, spread)


def _loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Be right about the IoU, and put the candidates of one prompt in the right order."""
    plain = functional.binary_cross_entropy_with_logits(logits, truth)
    wanted = functional.softmax(truth * 15, 1)
    order = functional.cross_entropy(functional.logsigmoid(logits).exp() * 15, wanted)
    return plain + RANKING * order


def _weights(
    score: nn.Sequential, mean: torch.Tensor, spread: torch.Tensor
) -> dict[str, npt.NDArray[np.float16]]:
    """Write the normalisation into the first layer."""
    first = score[0].weight.detach() / spread
    values = {
        "score.0.weight": first,
        "score.0.bias": score[0].bias.detach() - first @ mean,
        "score.2.weight": score[2].weight.detach(),
        "score.2.bias": score[2].bias.detach(),
    }
    return {name: value.numpy().astype(np.float16) for name, value in values.items()}


def predict(
    weights: dict[str, npt.NDArray[np.float16]], measures: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Predict the IoU of candidates (..., M) as the graph does."""
    values = {name: value.astype(np.float32) for name, value in weights.items()}
    hidden = np.maximum(measures @ values["score.0.weight"].T + values["score.0.bias"], 0)
    logits = hidden @ values["score.2.weight"].T + values["score.2.bias"]
    return 1 / (1 + np.exp(-logits[..., 0]))
