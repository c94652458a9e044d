# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of `docs/quality.md`: a model's figures on photographs, as Markdown."""

from __future__ import annotations

import statistics
from pathlib import Path

from .evaluation import COLUMNS, measure, summary
from .objects import labelled
from .pipeline import Pipeline


def table(photographs: Path, split: str = "dev", model: Path | None = None) -> str:
    """Measure a model, the shipped one without a folder, and give one row under a heading."""
    pipeline = Pipeline() if model is None else Pipeline(model)
    results = measure(pipeline, labelled(photographs, split))
    figures = summary(results)
    milliseconds = 1000 * statistics.median(pipeline.seconds)
    heading = ["objects", *COLUMNS, "ms a click"]
    row = [str(len(results)), *(f"{figures[name]:.3f}" for name in COLUMNS), f"{milliseconds:.0f}"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), row)) + "\n"
