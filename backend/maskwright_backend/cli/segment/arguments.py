# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the command: names, kinds, ranges. A number outside of its range never gets further."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maskwright_shared.errors import ProtocolError
from maskwright_shared.fields import rules_of
from maskwright_shared.geometry import Box
from maskwright_shared.messages import Apply, MaskOptions

from .outputs import SUFFIX


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all of them to the command's parser."""
    parser.add_argument("image", type=Path, metavar="IMAGE", help="JPEG, PNG, TIFF, WebP, ...")
    _add_prompts(parser)
    _add_outputs(parser)
    _add_options(parser)
    parser.add_argument(
        "--model",
        type=_ruled(Apply, "model", str),
        metavar="ID",
        help="see 'maskwright models list'",
    )
    parser.add_argument(
        "--candidate",
        type=_ruled(Apply, "candidate", int),
        metavar="N",
        help="take this one of the model's candidates",
    )


def _add_prompts(parser: argparse.ArgumentParser) -> None:
    prompts = parser.add_argument_group("prompts, in any mix")
    prompts.add_argument(
        "--point", type=_pair, action="append", default=[], metavar="X,Y", help="on the object"
    )
    prompts.add_argument(
        "--background", type=_pair, action="append", default=[], metavar="X,Y", help="not on it"
    )
    prompts.add_argument(
        "--box", type=_box, metavar="X0,Y0,X1,Y1", help="around the object, by any two opposite corners"
    )
    prompts.add_argument(
        "--mask",
        type=Path,
        metavar="PNG",
        help="an earlier or rough mask of the image's size; "
        "its alpha counts where it is not opaque everywhere, else its grey: white is inside",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument(
        "-o", "--output", type=Path, metavar="PNG", help=f"the mask (default: IMAGE{SUFFIX} here)"
    )
    outputs.add_argument(
        "--overlay", type=Path, metavar="PNG", help="the image with mask and prompts drawn on it"
    )
    outputs.add_argument("--cutout", type=Path, metavar="PNG", help="the object alone, on transparency")
    outputs.add_argument(
        "--candidates", action="store_true", help="also write every candidate, as PNG.0.png, ..."
    )
    outputs.add_argument("--json", action="store_true", help="print what was made as JSON")


def _add_options(parser: argparse.ArgumentParser) -> None:
    options = parser.add_argument_group("mask options; lengths are pixels of the image")

    def number(name: str, kind: type, default: float, metavar: str, text: str) -> None:
        rule = _ruled(MaskOptions, name, kind)
        options.add_argument(
            f"--{name.replace('_', '-')}", type=rule, default=default, metavar=metavar, help=text
        )

    number("threshold", float, 0.0, "LOGIT", "where the model's logits are cut")
    options.add_argument("--hard", action="store_true", help="0 and 255 alone, no soft edge")
    options.add_argument(
        "--refine", action=argparse.BooleanOptionalAction, help="let the edge follow the pixels"
    )
    options.add_argument(
        "--closer",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="look at a small object once more, with its surroundings alone",
    )
    number("grow", float, 0.0, "PX", "move the edge out (in when negative)")
    number("feather", float, 0.0, "PX", "blur the edge")
    number("fill_holes", int, 0, "AREA", "up to this area; -1 for all")
    number("drop_islands", int, 0, "AREA", "up to this area")
    options.add_argument(
        "--keep", choices=["all", "clicked", "largest"], default="all", help="which parts stay"
    )


def _ruled(message: Any, field: str, kind: type) -> Callable[[str], Any]:
    """Return argparse's type for a value under the rule that the protocol has for the field."""
    rule = rules_of(message)[field]

    def read(text: str) -> Any:
        try:
            return rule.decode(kind(text), field)
        except (ProtocolError, ValueError) as error:
            raise argparse.ArgumentTypeError(f"'{text}' is not {rule.words}") from error

    return read


def _numbers(text: str, count: int, example: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or not all(abs(value) < 1e6 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form {example}")
    return values


def _pair(text: str) -> tuple[float, float]:
    x, y = _numbers(text, 2, "X,Y")
    return x, y


def _box(text: str) -> Box:
    box = Box.spanning(*_numbers(text, 4, "X0,Y0,X1,Y1"))
    if box.x0 == box.x1 or box.y0 == box.y1:
        raise argparse.ArgumentTypeError(f"the box '{text}' is empty: give two opposite corners")
    return box
