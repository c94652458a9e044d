# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from nothing to the shipped files, each of which skips what it finds done."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from .clicks import Mask
from .objects import labelled, scenes
from .recipe import Recipe

PHOTOGRAPHS = Path(__file__).parent / "photographs"
CHECKPOINT, SCORE = "network.pt", "score.npz"
LEAST = 600  # pixels of an object that the score is trained on


RECIPE = Recipe()


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    scenes: int = 6000
    kept_back: int = 40  # scenes that the network does not see, for the score
    recipe: Recipe = RECIPE


FULL = Plan()
SMALL = Plan(
    scenes=30, kept_back=3, recipe=replace(Recipe(), steps=12, sides=((0.5, 64, 2), (1.0, 96, 2)), threads=1)
)


def assets(folder: Path, plan: Plan) -> None:  # noqa: ARG001 (every step is called alike)
    """Fetch the Debian packages and collect their pictures."""
    from .assets import collect  # noqa: PLC0415

    if not (folder / "assets" / "counts.json").exists():
        collect(folder / "assets")


def compose(folder: Path, plan: Plan) -> None:
    """Compose the scenes of the network, and those that only the score sees."""
    from .pool import fill  # noqa: PLC0415

    (folder / "scenes").mkdir(parents=True, exist_ok=True)
    for target, count, seed in (
        ("scenes/network.npy", plan.scenes, 1),
        ("score-scenes.npy", plan.kept_back, 2),
    ):
        if not (folder / target).exists():
            fill(folder / "assets", folder / target, count, seed)


def network(folder: Path, plan: Plan) -> None:
    """Train the network; it goes on from its last checkpoint."""
    from .train import train  # noqa: PLC0415

    train(folder, plan.recipe, scenes(PHOTOGRAPHS, "train"))


def score(folder: Path, plan: Plan) -> None:  # noqa: ARG001
    """Propose candidates for simulated prompts on scenes and on the labelled training half, and learn to choose."""
    from .fold import folded  # noqa: PLC0415
    from .graphs import decoder, encoder  # noqa: PLC0415
    from .score import fit, repeated  # noqa: PLC0415
    from .study import Study  # noqa: PLC0415

    weights = folded(folder / CHECKPOINT)
    study = Study(encoder.build(weights), decoder.build_for_study(weights))
    composed = list(study.looks(_objects(folder / "score-scenes.npy")))
    real = list(study.looks((one.picture, one.rgb, one.truth) for one in labelled(PHOTOGRAPHS, "train")))
    with (folder / "looks.pickle").open("wb") as store:
        pickle.dump((composed, real), store)
    np.savez(folder / SCORE, **fit(repeated(composed, real)))


def _objects(store: Path) -> Iterator[tuple[str, npt.NDArray[np.uint8], Mask]]:
    """Yield up to two objects of each scene."""
    for index, scene in enumerate(np.load(store, mmap_mode="r")):
        rgb, objects = (
            cv2.cvtColor(np.ascontiguousarray(scene[..., :3]), cv2.COLOR_BGR2RGB),
            np.asarray(scene[..., 3]),
        )
        for number in np.unique(objects[objects > 0])[:2]:
            if (objects == number).sum() > LEAST:
                yield f"scene {index}", rgb, objects == number


def export(folder: Path, plan: Plan) -> None:
    """Write both graphs and the card into the package."""
    from .card import training_facts  # noqa: PLC0415
    from .fold import folded  # noqa: PLC0415
    from .graphs import build  # noqa: PLC0415

    card_path = build.FOLDER / "card.json"
    card = json.loads(card_path.read_text(encoding="utf-8"))
    card["training"] = training_facts(folder, plan.recipe)
    card_path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    weights = {**folded(folder / CHECKPOINT), **np.load(folder / SCORE)}
    for name, data in build.package(weights).items():
        (build.FOLDER / name).write_bytes(data)


STEPS: dict[str, Callable[[Path, Plan], None]] = {
    "assets": assets,
    "scenes": compose,
    "network": network,
    "score": score,
    "export": export,
}
