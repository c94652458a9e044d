# SPDX-License-Identifier: GPL-3.0-or-later
"""What the model's card says of its making: sources with licences and counts, recipe, compute, curve."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .recipe import Recipe
from .sources import SOURCES

PHOTOGRAPHS = Path(__file__).parent / "photographs"
COMMAND = "python -m training all FOLDER"


def training_facts(folder: Path, recipe: Recipe) -> dict[str, Any]:
    """Collect the facts from a folder of a run that is done."""
    log = [json.loads(line) for line in (folder / "network.log").read_text(encoding="utf-8").splitlines()]
    return {
        "command": COMMAND,
        "recipe": asdict(recipe),
        "sources": _packages(json.loads((folder / "assets" / "counts.json").read_text(encoding="utf-8"))),
        "photographs": _photographs(),
        "steps_done": log[-1]["step"],
        "network_cpu_minutes": round(log[-1]["cpu_seconds"] / 60),
        "curve": [_point(entry) for entry in log[:: max(1, len(log) // 8)]],
    }


def _packages(counts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {"debian_package": source.package, "licence": source.licence, "pictures": counts[source.package]}
        for source in SOURCES
    ]


def _photographs() -> dict[str, Any]:
    """Count our own labelled photographs that were trained on; authors and sources are in the folder."""
    index = PHOTOGRAPHS / "objects.json"
    if not index.exists():
        return {}
    objects = [entry for entry in json.loads(index.read_text(encoding="utf-8")) if entry["split"] == "train"]
    names = {entry["picture"] for entry in objects}
    sources = json.loads((PHOTOGRAPHS / "sources.json").read_text(encoding="utf-8"))
    licences = Counter(source["licence"] for source in sources if source["picture"] in names)
    return {
        "where": "training/photographs, split train",
        "pictures": len(names),
        "objects": len(objects),
        "licences": dict(sorted(licences.items())),
    }


def _point(entry: dict[str, Any]) -> dict[str, Any]:
    """Give one point of the curve: IoU on the samples themselves, while learning."""
    wanted = ("click", "box", "look 3", "look 5")
    return {
        "step": entry["step"],
        "iou": {name: entry["iou"][name] for name in wanted if name in entry["iou"]},
    }
