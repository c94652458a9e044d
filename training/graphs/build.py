# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the learned model's two graphs and their hashes in its card, or check that they are up to date.

    python -m training.graphs.build [--check]

The algorithm is written here; what network and score have learned is taken over from the graphs that lie here, or
comes from a training. Needs the package `onnx`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import numpy_helper

from maskwright_backend.models.builtin.graph import Array

from . import decoder, encoder

FOLDER = Path(__file__).parent
LEARNED = ("encoder.", "decoder.", "score.")


Weights = dict[str, Array]


def shipped_weights() -> Weights:
    """Read what network and score have learned, float16 by name, out of the shipped graphs."""
    weights: Weights = {}
    for name in ("encoder.onnx", "decoder.onnx"):
        for stored in onnx.load(FOLDER / name).graph.initializer:
            if stored.name.startswith(LEARNED):
                weights[stored.name] = numpy_helper.to_array(stored)
    return weights


def graphs(weights: Mapping[str, Array]) -> dict[str, bytes]:
    """Build both graphs; the same weights give the same bytes."""
    return {"encoder.onnx": encoder.build(weights), "decoder.onnx": decoder.build(weights)}


def package(weights: Mapping[str, Array] | None = None) -> dict[str, bytes]:
    """Build every file of the model: the graphs, and the card with their sizes and hashes; by default as shipped."""
    files = graphs(shipped_weights() if weights is None else weights)
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    card["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()
    }
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    return {**files, "card.json": text.encode()}


def stale() -> list[str]:
    """Name the shipped files that differ from a fresh build."""
    return [
        name
        for name, data in package().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != data
    ]


def main() -> int:
    """Run the command; 0 when all is written or up to date, 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(description="Build the model that ships with Maskwright.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the shipped files and write nothing"
    )
    if not parser.parse_args().check:
        for name, data in package().items():
            (FOLDER / name).write_bytes(data)
        return 0
    differing = stale()
    if differing:
        sys.stderr.write(f"Not up to date: {', '.join(differing)}. Run this command without --check.\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
