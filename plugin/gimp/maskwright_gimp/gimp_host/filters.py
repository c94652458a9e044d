# SPDX-License-Identifier: GPL-3.0-or-later
"""Non-destructive filters: a layer's own pixels are without them, but what people see is with them."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Tuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp

from maskwright_plugin.host import HostError

from ..texts import _

GLANCE = 256


class NotAloneError(HostError):
    """A layer that cannot be copied with its filters as they are seen, as some of only a part of it cannot."""


def has_filters(drawable: Any) -> bool:
    """Whether filters that are switched on change how the drawable looks."""
    return drawable.is_layer() and any(one.get_visible() for one in drawable.get_filters())


@contextlib.contextmanager
def alone(image: Any, layer: Any) -> Iterator[Any]:
    """Lend an image of the same size and kind in which the layer with its filters is all that is visible.

    Its opacity, its mode and its mask, which belong to how it is blended, are left out, as in its own pixels.

    Raises:
        NotAloneError: the copy looks otherwise than the layer.
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
        # GIMP 3.2 displaces the filters of a copy by the selection of the image that it comes from, which the
        # first copy's image does not have.
        first = _inserted(layer, other)
        copy = _inserted(first, other)
        other.remove_layer(first)
        if copy.get_mask() is not None:
            copy.remove_mask(Gimp.MaskApplyMode.DISCARD)
        if glance(copy) != glance(layer):
            raise NotAloneError(_("This layer's filters show only in the whole image: take what is visible."))
        copy.set_opacity(100.0)
        copy.set_mode(Gimp.LayerMode.NORMAL)
        copy.set_visible(True)
        yield other
    finally:
        other.delete()


def glance(drawable: Any) -> Tuple[Any, ...]:
    """Return a small picture of all of a drawable, as GIMP draws it: with its filters."""
    width, height = drawable.get_width(), drawable.get_height()
    scale = min(1.0, GLANCE / max(width, height))
    small = max(1, round(width * scale)), max(1, round(height * scale))
    return thumbnail_values(drawable.get_sub_thumbnail_data(0, 0, width, height, *small))


def thumbnail_values(found: Any) -> Tuple[bytes, int, int, int]:
    """Return (data, width, height, bytes a pixel), in whatever shape the binding hands them over."""
    data, width, height, bytes_a_pixel = found[-4:]
    return (data.get_data() if hasattr(data, "get_data") else bytes(data)), width, height, bytes_a_pixel


def _inserted(layer: Any, image: Any) -> Any:
    """Return a copy of a layer with its filters, in an image and at the same place."""
    copy = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(copy, None, 0)
    copy.set_offsets(*layer.get_offsets()[-2:])
    return copy
