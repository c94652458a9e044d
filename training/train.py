# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the network on a folder of scenes; it can be stopped at any time and goes on from its last checkpoint."""

from __future__ import annotations

import copy
import json
import math
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from .lesson import lesson
from .network import Decoder, Encoder
from .pool import opened
from .recipe import Recipe
from .samples import Sample, sample

MOST_KEPT = 0.9975  # of the averaged weights at each step


class Training:
    """The state of a run, in `checkpoint`."""

    def __init__(
        self,
        recipe: Recipe,
        pools: list[npt.NDArray[np.uint8]],
        checkpoint: Path,
        photographs: list[npt.NDArray[np.uint8]],
    ) -> None:
        """Begin, or go on where the checkpoint stopped."""
        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.recipe, self.pools, self.checkpoint, self.photographs = recipe, pools, checkpoint, photographs
        self.network = nn.ModuleDict({"encoder": Encoder(), "decoder": Decoder()}).to(
            memory_format=torch.channels_last
        )
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, weight_decay=recipe.decay
        )
        self.step, self.seconds = 0, 0.0
        self.log: dict[str, list[float]] = defaultdict(list)
        if checkpoint.exists():
            self._load()

    def _load(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        """Write the checkpoint, so that a stop in the middle leaves the one before."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def run(self, every: int = 100) -> None:
        """Train to the end, with a line in the log and a checkpoint `every` so many steps."""
        start, before = time.process_time(), self.seconds
        while self.step < self.recipe.steps:
            self._learn()
            self.seconds = before + time.process_time() - start
            if self.step % every == 0 or self.step == self.recipe.steps:
                self._report()
                self.save()

    def _learn(self) -> None:
        progress = self.step / self.recipe.steps
        for group in self.optimiser.param_groups:
            warm = min(1.0, (self.step + 1) / 60)
            group["lr"] = self.recipe.rate * warm * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-5
        side, batch = next((side, batch) for until, side, batch in self.recipe.sides if progress < until)
        rng = np.random.default_rng((self.recipe.seed, self.step))
        loss, report = lesson(
            self.network["encoder"],
            self.network["decoder"],
            [self._sample(rng, side) for _ in range(batch)],
            rng,
        )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 3.0)
        self.optimiser.step()
        self._follow()
        self.step += 1
        for name, value in report.items():
            self.log[name].append(value)

    def _sample(self, rng: np.random.Generator, side: int) -> Sample:
        while True:
            photograph = bool(self.photographs) and rng.random() < self.recipe.photographs
            pool = self.pools[rng.integers(len(self.pools))]
            source = self.photographs if photograph else pool
            made = sample(rng, np.asarray(source[rng.integers(len(source))]), side)
            if made is not None:
                made.edges_known = not photograph
                return made

    @torch.no_grad()
    def _follow(self) -> None:
        """Let the averaged weights follow."""
        kept = min(MOST_KEPT, (1 + self.step) / (40 + self.step))
        for mean, now in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.dtype.is_floating_point:
                mean.lerp_(now, 1 - kept)
            else:
                mean.copy_(now)

    def _report(self) -> None:
        means = {name: round(float(np.mean(values)), 3) for name, values in sorted(self.log.items())}
        line = json.dumps({"step": self.step, "cpu_seconds": round(self.seconds), "iou": means})
        with self.checkpoint.with_suffix(".log").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        self.log.clear()


def train(
    folder: Path,
    recipe: Recipe,
    photographs: list[npt.NDArray[np.uint8]] | None = None,
    name: str = "network",
) -> Path:
    """Train on the scenes in `folder`/scenes; returns the checkpoint, beside which the recipe is written."""
    checkpoint = folder / f"{name}.pt"
    checkpoint.with_suffix(".json").write_text(json.dumps(asdict(recipe), indent=2) + "\n", encoding="utf-8")
    Training(recipe, opened(folder / "scenes"), checkpoint, photographs or []).run()
    return checkpoint
