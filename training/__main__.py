# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the built-in model from nothing, or one step of it.

    python -m training all FOLDER            every step below in turn; what is done already is not done again
    python -m training assets FOLDER         fetch the Debian packages and collect their pictures
    python -m training scenes FOLDER         compose the scenes
    python -m training network FOLDER        train the network; it goes on from its last checkpoint
    python -m training score FOLDER          train the score on what network and algorithm propose
    python -m training export FOLDER         write encoder.onnx, decoder.onnx and the card into training/graphs
    python -m training evaluate PHOTOGRAPHS  print the tables of docs/quality.md

FOLDER is where pictures, scenes and checkpoints are kept, outside the repository (about 6 GB).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import steps


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=("all", *steps.STEPS, "evaluate"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="a run of about a minute, to see that it works")
    parser.add_argument("--split", default="dev", help="which half of labelled photographs to evaluate (dev)")
    parser.add_argument("--model", type=Path, help="the folder of another model to evaluate")
    options = parser.parse_args()
    if options.step == "evaluate":
        from .report import table  # noqa: PLC0415  # needs no PyTorch

        sys.stdout.write(table(options.folder, options.split, options.model))
        return 0
    plan = steps.SMALL if options.small else steps.FULL
    for name in steps.STEPS if options.step == "all" else (options.step,):
        steps.STEPS[name](options.folder, plan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
