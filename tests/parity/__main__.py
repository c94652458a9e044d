# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares every system with its reference implementation, end to end through a daemon, and prints a table.

    python -m tests.parity --clones FOLDER [--only NAME]... [--output docs/parity.md]

FOLDER holds clones of the authors' repositories under their own names: sam2, sam-hq, segment-anything, MobileSAM,
SegNext, darktable-ai. Needs Maskwright installed with its extras `export` and `test`, and mmcv-lite for SegNext;
weights are random, with a fixed seed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

import torch
from tests.protocol.house import House

from .cases import SIZES
from .compare import compare
from .converted_systems import CONVERTED, build_converted
from .report import table
from .systems import SYSTEMS, build


def main():
    """Run the comparison; return 1 when a figure is outside its aim."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__.splitlines()[0])
    parser.add_argument("--clones", type=Path, required=True, help="the folder of the authors' repositories")
    parser.add_argument(
        "--only", action="append", choices=(*SYSTEMS, *CONVERTED), help="this system alone (may be repeated)"
    )
    parser.add_argument(
        "--converted",
        action="store_true",
        help="the systems that are converted of checkpoints without PyTorch",
    )
    parser.add_argument("--quick", action="store_true", help="the first picture alone")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--output", type=Path, help="write the table to this file, keeping the other systems' sections"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.environ["MASKWRIGHT_THREADS"] = str(options.threads)
    results = []
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(House(Path(folder))) as house:
        for name in options.only or (CONVERTED if options.converted else SYSTEMS):
            if options.converted:
                system = build_converted(name, house, options.seed, options.clones)
            else:
                system = build(name, house.places.models / name, options.seed, options.clones)
            results += compare(system, house, options.threads, SIZES[:1] if options.quick else SIZES)
            if options.output:
                earlier = options.output.read_text(encoding="utf-8") if options.output.exists() else ""
                options.output.write_text(table(results, options.seed, earlier, SYSTEMS), encoding="utf-8")
    print(table(results, options.seed))
    return 0 if all(result.is_within for result in results) else 1


sys.exit(main())
