# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an open image can be read: the drawable that was chosen, or what is visible."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, NamedTuple, Optional, Sequence, Tuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp

from maskwright_plugin.host import HostError, Source
from maskwright_shared.geometry import Bounds

from ..texts import _
from .filters import GLANCE, alone, glance, has_filters, thumbnail_values
from .pixels import bounds_of

QUICK_MASK = "Qmask"
"""GIMP's own name of the channel that the Quick Mask is."""


class Thumbnail(NamedTuple):
    """A small picture of what would be read: RGB or RGBA bytes of width x height, and the bounds it shows."""

    width: int
    height: int
    channels: str
    data: bytes
    bounds: Bounds


class Sources:
    """The sources of a `Gimp.Image`; `drawables` are those that were chosen. What is not there raises HostError."""

    def __init__(self, image: Any, drawables: Sequence[Any]) -> None:
        self._image = image
        self.drawables = list(drawables)

    @property
    def whole(self) -> Bounds:
        """The image's rectangle."""
        self.check_open()
        return Bounds(0, 0, self._image.get_width(), self._image.get_height())

    @property
    def only(self) -> Any:
        """The one drawable that was chosen; the layer, where it is a layer's mask."""
        if len(self.drawables) != 1:
            raise HostError(_("Choose one layer, or take what is visible."))
        drawable = self.drawables[0]
        if not drawable.is_valid():
            raise HostError(_("The layer was removed: choose another one."))
        return Gimp.Layer.from_mask(drawable) if drawable.is_layer_mask() else drawable

    @property
    def layer(self) -> Any:
        """The one layer that was chosen."""
        drawable = self.only if len(self.drawables) == 1 else None
        if drawable is None or not drawable.is_layer():
            raise HostError(_("A layer mask needs a layer: choose one first."))
        return drawable

    @property
    def kind(self) -> str:
        """What the one drawable that was chosen is: "layer", "group", "channel" or "quick-mask"."""
        drawable = self.only
        if drawable.is_channel():
            return "quick-mask" if drawable.get_name() == QUICK_MASK else "channel"
        return "group" if drawable.is_group() else "layer"

    def follow(self) -> bool:
        """Take what is active now in the place of a drawable that was removed, and return whether one was."""
        self.check_open()
        if all(drawable.is_valid() for drawable in self.drawables):
            return False
        self.drawables = list(self._image.get_selected_drawables())
        return True

    @contextlib.contextmanager
    def lent(self, source: Source) -> Iterator[Any]:
        """Lend a drawable that holds the source's pixels as they are seen, those of a layer with its filters."""
        with contextlib.ExitStack() as stack:
            image = self._image
            if source is Source.LAYER:
                if not has_filters(self.only):
                    yield self.only
                    return
                image = stack.enter_context(alone(self._image, self.only))
            visible = Gimp.Layer.new_from_visible(image, image, "Maskwright")
            if visible is None:
                raise HostError(_("What is visible could not be read: choose a layer instead."))
            stack.callback(visible.delete)
            yield visible

    def readable(self, source: Source) -> Bounds:
        """Return where the image can be read in this source; a layer's filters may reach beyond the layer."""
        whole = self.whole
        if source is Source.PROJECTION or has_filters(self.only):
            return whole
        bounds = bounds_of(self.only).intersection(whole)
        if bounds.is_empty:
            raise HostError(_("This layer has nothing inside the image: choose another one."))
        return bounds

    def thumbnail(self, source: Source, side: int) -> Optional[Thumbnail]:
        """Return a quick small picture of the source, at most `side` (1024 or less) on its longer side.

        None where there is no quick one.
        """
        bounds = self.readable(source)
        width, height = _fitted(bounds, side)
        if source is Source.PROJECTION:
            found = self._image.get_thumbnail_data(width, height)
        elif has_filters(self.only):
            return None
        else:
            place = bounds_of(self.only)
            inside = bounds.moved(-place.x, -place.y)
            found = self.only.get_sub_thumbnail_data(*inside, width, height)
        data, width, height, bytes_a_pixel = thumbnail_values(found)
        channels = {1: "GRAY", 2: "GRAYA", 3: "RGB", 4: "RGBA"}[bytes_a_pixel]
        return Thumbnail(width, height, channels, data, bounds)

    def fingerprint(self, source: Source) -> Tuple[Any, ...]:
        """Return what differs once the source looks different at a glance: cheap, and good enough to watch by."""
        if source is Source.PROJECTION:
            return thumbnail_values(self._image.get_thumbnail_data(GLANCE, GLANCE))
        return (self.only.get_id(), *glance(self.only))

    def check_open(self) -> None:
        """Raise HostError once the image was closed."""
        if not self._image.is_valid():
            raise HostError(_("The image was closed."))


def _fitted(bounds: Bounds, side: int) -> Tuple[int, int]:
    scale = min(1.0, side / max(bounds.width, bounds.height))
    return max(1, round(bounds.width * scale)), max(1, round(bounds.height * scale))
