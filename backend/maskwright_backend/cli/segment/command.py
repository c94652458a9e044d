# SPDX-License-Identifier: GPL-3.0-or-later
"""The command: what can be refused is refused first, then the daemon works, then files are written."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .arguments import add_arguments
from .outputs import Outputs
from .prompts import check_prompts, strays


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-commands."""
    parser = commands.add_parser(
        "segment",
        help="make a mask of an object",
        description="Make the mask of an object from points, a box or an earlier mask. Coordinates are pixels "
        "of the image as it is shown (EXIF orientation applied), the origin is at the top left.",
    )
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, and return 0."""
    outputs = Outputs.of(arguments)
    outputs.check()
    from ...imaging.files import read_image  # noqa: PLC0415 - a wrong argument is told without NumPy
    from ..progress import ProgressBar  # noqa: PLC0415
    from ..reach import reach  # noqa: PLC0415
    from .job import Segmentation  # noqa: PLC0415
    from .mask_file import read_mask_prompt  # noqa: PLC0415
    from .report import sentence  # noqa: PLC0415

    pixels = read_image(arguments.image)
    check_prompts(arguments, pixels.shape[1], pixels.shape[0])
    mask, notes = read_mask_prompt(arguments, pixels.shape[1], pixels.shape[0])
    with reach() as client, ProgressBar() as bar:
        report = Segmentation(client, arguments, pixels, mask, outputs, bar.show).run()
    report["notes"] = [*notes, *strays(arguments)]
    print(json.dumps(report, indent=2) if arguments.json else sentence(report))
    return 0
