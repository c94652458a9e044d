# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from and to GIMP's drawables.

Formats are chosen so that no number changes on the way: the selection and layer masks are linear ("Y u8" is
exact), a channel of an image with 8-bit non-linear precision alone is perceptual. Nothing is ever read or
written outside a drawable, which would end the plug-in.
"""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp

from maskwright_plugin.host import HostError, Mask
from maskwright_shared.geometry import Bounds

from ..texts import _

LINEAR = "Y u8"
PERCEPTUAL = "Y' u8"


def bounds_of(drawable: Any) -> Bounds:
    """Return where a drawable lies in its image."""
    offsets = drawable.get_offsets()
    return Bounds(offsets[-2], offsets[-1], drawable.get_width(), drawable.get_height())


def rectangle(bounds: Bounds) -> Any:
    """Return bounds as GEGL's own."""
    return Gegl.Rectangle.new(*bounds)


def read(drawable: Any, bounds: Bounds, layout: str) -> bytes:
    """Return the pixels at `bounds` of the image, which lie inside the drawable."""
    place = bounds_of(drawable)
    inside = rectangle(bounds.moved(-place.x, -place.y))
    return bytes(drawable.get_buffer().get(inside, 1.0, layout, Gegl.AbyssPolicy.NONE))


def write(drawable: Any, bounds: Bounds, layout: str, data: Any) -> None:
    """Write pixels at `bounds` of the drawable itself, which has no undo yet because it is new."""
    if bounds.is_empty:
        return
    buffer = drawable.get_buffer()
    buffer.set(rectangle(bounds), layout, bytes(data))
    buffer.flush()
    drawable.update(*bounds)


def clipped(mask: Mask, to: Bounds) -> Mask:
    """Return the part of a mask that lies inside `to`."""
    bounds = mask.bounds.intersection(to)
    if bounds == mask.bounds:
        return mask
    if bounds.is_empty:
        return Mask(Bounds(0, 0, 0, 0), b"")
    alpha, left = memoryview(mask.alpha), bounds.x - mask.bounds.x
    starts = [(y - mask.bounds.y) * mask.bounds.width + left for y in range(bounds.y, bounds.bottom)]
    return Mask(bounds, b"".join(alpha[start : start + bounds.width] for start in starts))


def check_not_empty(mask: Mask) -> None:
    """Raise HostError for a mask without any pixel."""
    if mask.bounds.is_empty or bytes(mask.alpha).count(0) == len(mask.alpha):
        raise HostError(_("The mask is empty there: click inside the object."))


def done(worked: Any) -> None:
    """Raise what GIMP says is wrong as HostError, unless a call worked."""
    if not worked:
        said = str(Gimp.get_pdb().get_last_error() or "").strip().rstrip(".")
        raise HostError(said + "." if said else _("GIMP refused to do this."))
