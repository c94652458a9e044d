# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command says of its work: fields for JSON, sentences for people."""

from __future__ import annotations

from typing import Any

from maskwright_shared.messages import MaskInfo
from maskwright_shared.plain_text import plain


def described(info: MaskInfo) -> dict[str, Any]:
    """Return what the model and the mask's pixels say of one mask."""
    return {
        "candidate": info.candidate,
        "score": info.score,
        "stability": info.stability,
        "area": info.area,
        "bounds": list(info.bounds),
    }


def score(info: MaskInfo) -> str:
    """Return the predicted IoU in words."""
    return "no score" if info.score is None else f"predicted IoU {info.score:.2f}"


def sentence(report: dict[str, Any]) -> str:
    """Return the report as lines: the files, the mask's share and times, then the notes."""
    lines = [f"{name}: {path}" for name, path in report["files"].items()]
    share = report["area"] / (report["width"] * report["height"])
    lines.append(
        f"{share:.1%} of the image by {report['model']}: encoded in {report['encode_seconds']:.2f} s, "
        f"the click took {report['click_milliseconds']:.0f} ms."
    )
    return "\n".join(map(plain, [*lines, *report["notes"]]))
