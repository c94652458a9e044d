# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts from what the user already has: the selection, the selected path, sample points."""

from __future__ import annotations

from typing import Any, List, NamedTuple

from maskwright_plugin.host import Mask
from maskwright_plugin.picking.prompts import Prompts
from maskwright_shared.geometry import Box

from ..texts import _


class Start(NamedTuple):
    """A way to begin: what it is called, and the prompts it gives."""

    name: str
    label: str
    prompts: Prompts


def starts(host: Any) -> List[Start]:
    """Return the ways that the image offers now, the likeliest first; beginning with nothing is the last."""
    found = []
    mask = host.read_selection()
    if mask is not None:
        bounds = mask.bounds
        box = Box(float(bounds.x), float(bounds.y), float(bounds.right), float(bounds.bottom))
        by_box = Start("box", _("Selection as a box"), Prompts(box=box))
        by_mask = Start("mask", _("Selection to refine"), Prompts(mask=mask))
        found += [by_box, by_mask] if is_rectangle(mask) else [by_mask, by_box]
    points = host.sample_points()
    if points:
        found.append(Start("sample-points", _("Sample points"), Prompts(points)))
    anchors = host.path_anchors()
    if anchors:
        found.append(Start("path", _("Anchors of the path"), Prompts(anchors)))
    found.append(Start("nothing", _("Nothing"), Prompts()))
    return found


def is_rectangle(mask: Mask) -> bool:
    """Whether a selection is a full rectangle, which says no more than its corners."""
    return bytes(mask.alpha).count(255) == mask.bounds.area
