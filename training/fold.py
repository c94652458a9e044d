# SPDX-License-Identifier: GPL-3.0-or-later
"""From a checkpoint to the weights that ship: batch norms folded into the convolutions before them, as float16."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

EPSILON = 1e-5  # of PyTorch's batch norm
Weights = dict[str, npt.NDArray[np.float16]]


def folded(checkpoint: Path) -> Weights:
    """Give the averaged weights of a checkpoint by the names that the graph's layers ask for."""
    state = torch.load(checkpoint, weights_only=True)["average"]
    values = {name: value.float().numpy() for name, value in state.items()}
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for name in values:
        if name.endswith(".running_mean"):
            _fold(values, name.removesuffix(".running_mean"), weights)
    norms = {name.removesuffix(".running_mean") for name in values if name.endswith(".running_mean")}
    for name, value in values.items():
        owner = name.rpartition(".")[0]
        if owner not in norms and name not in weights:
            weights[name] = value
    return {name: value.astype(np.float16) for name, value in sorted(weights.items())}


def _fold(
    values: Mapping[str, npt.NDArray[np.float32]], norm: str, weights: dict[str, npt.NDArray[np.float32]]
) -> None:
    """Scale a convolution as the norm after it would, and give it the norm's shift as bias."""
    stem, _, number = norm.rpartition(".")
    convolution = f"{stem}.{int(number) - 1}"
    gain = values[f"{norm}.weight"] / np.sqrt(values[f"{norm}.running_var"] + EPSILON)
    weights[f"{convolution}.weight"] = values[f"{convolution}.weight"] * gain[:, None, None, None]
    weights[f"{convolution}.bias"] = values[f"{norm}.bias"] - values[f"{norm}.running_mean"] * gain
