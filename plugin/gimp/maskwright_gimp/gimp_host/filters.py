# SPDX-License-Identifier: GPL-3.0-or-later
"""Non-destructive filters: a layer's own pixels are without them, but what people see is with them."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp


def has_filters(drawable: Any) -> bool:
    """Whether filters that are switched on change how the drawable looks."""
    return drawable.is_layer() and any(one.get_visible() for one in drawable.get_filters())


@contextlib.contextmanager
def alone(image: Any, layer: Any) -> Iterator[Any]:
    """Lend an image of the same size and kind in which the layer with its filters is all that is visible.

    Its opacity, its mode and its mask, which belong to how it is blended, are left out, as in its own pixels.
    """
    size = image.get_width(), image.get_height()
    other = Gimp.Image.new_with_precision(*size, image.get_base_type(), image.get_precision())
    try:
        other.undo_disable()
        profile = image.get_color_profile()
        if profile is not None:
            other.set_color_profile(profile)
        if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
            other.set_palette(image.get_palette())
        copy = Gimp.Layer.new_from_drawable(layer, other)
        other.insert_layer(copy, None, 0)
        copy.set_offsets(*layer.get_offsets()[-2:])
        if copy.get_mask() is not None:
            copy.remove_mask(Gimp.MaskApplyMode.DISCARD)
        copy.set_opacity(100.0)
        copy.set_mode(Gimp.LayerMode.NORMAL)
        copy.set_visible(True)
        yield other
    finally:
        other.delete()
