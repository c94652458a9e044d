# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts from what the user already has: the selection, the selected path, sample points."""

from __future__ import annotations

from typing import Any, List, NamedTuple

from maskwright_plugin.host import Mask
from maskwright_plugin.picking.prompts import Prompts
from maskwright_shared.geometry import Box

from ..texts import _
from .remembered import selection_mark


class Start(NamedTuple):
    """A way to begin: what it is called, and the prompts it gives."""

    name: str
    label: str
    prompts: Prompts


def starts(host: Any, made: str = "") -> List[Start]:
    """Return the ways that the image offers now, the likeliest first.

    That is beginning with nothing where the selection is the one that `made` marks, the last object's own: the
    user comes for another object, and may still choose to refine this one.
    """
    found = []
    mask = host.read_selection()
    if mask is not None:
        found += _by_selection(mask)
    points = host.sample_points()
    if points:
        found.append(Start("sample-points", _("Sample points"), Prompts(points)))
    anchors = host.path_anchors()
    if anchors:
        found.append(Start("path", _("Anchors of the path"), Prompts(anchors)))
    nothing = Start("nothing", _("Nothing"), Prompts())
    is_last_one = bool(made) and selection_mark(mask) == made
    return [nothing, *found] if is_last_one else [*found, nothing]


def _by_selection(mask: Mask) -> List[Start]:
    bounds = mask.bounds
    box = Box(float(bounds.x), float(bounds.y), float(bounds.right), float(bounds.bottom))
    by_box = Start("box", _("Selection as a box"), Prompts(box=box))
    by_mask = Start("mask", _("Selection to refine"), Prompts(mask=mask))
    return [by_box, by_mask] if is_rectangle(mask) else [by_mask, by_box]


def is_rectangle(mask: Mask) -> bool:
    """Whether a selection is a full rectangle, which says no more than its corners."""
    return bytes(mask.alpha).count(255) == mask.bounds.area
