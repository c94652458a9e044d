# SPDX-License-Identifier: GPL-3.0-or-later
"""One open image of GIMP 3 as a Host."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, Tuple

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp

from maskwright_plugin.host import Finished, HostError, Mask, Operation, Picture, Source, Target
from maskwright_shared.geometry import Bounds, Box, Point
from maskwright_shared.messages import MAX_PIXELS

from ..texts import _
from .pixels import LINEAR, check_not_empty, clipped, read
from .signature import is_ours
from .sources import Sources, Thumbnail
from .targets import Targets


class GimpHost:
    """A Host over a `Gimp.Image`; `drawables` are those that the procedure was called with.

    Everything happens at once and on the main thread: `finished` is called before `write_mask` returns.
    """

    def __init__(self, image: Any, drawables: Sequence[Any]) -> None:
        Gegl.init(None)  # without it every scaled read is black
        self._image = image
        self._sources = Sources(image, drawables)
        self._targets = Targets(image, self._sources)
        self._source = Source.LAYER
        display = Gimp.default_display()
        self._display = display if display is not None and display.is_valid() else None

    # Reading.

    def is_open(self) -> bool:
        """Whether the image is still there: the user may close it while a dialog is open.

        GIMP keeps an image for as long as a procedure runs on it, so the window it was called from counts.
        """
        shown = self._display is None or bool(self._display.is_valid())
        return shown and bool(self._image.is_valid())

    @property
    def id(self) -> int:
        """GIMP's number of the image, which no other one has until GIMP ends."""
        return int(self._image.get_id())

    @property
    def name(self) -> str:
        """What GIMP calls the image."""
        return str(self._image.get_name())

    def image_bounds(self) -> Bounds:
        """Return the image's rectangle; see Host."""
        return self._sources.whole

    def geometry(self, source: Source) -> Optional[Tuple[Bounds, Bounds]]:
        """Return the image's rectangle and where the source can be read in it; None where it cannot be read now.

        A picture read before they changed lies elsewhere now: the user scaled, cropped or moved something.
        """
        try:
            return self.image_bounds(), self._sources.readable(source)
        except HostError:
            return None

    def has_one_layer(self) -> bool:
        """Whether exactly one layer (or channel) is chosen, so that Source.LAYER can be read."""
        return len(self._sources.drawables) == 1

    def source_kind(self) -> str:
        """Return what the one drawable that was chosen is: "layer", "group", "channel" or "quick-mask"."""
        return self._sources.kind

    def follow_active_layer(self) -> bool:
        """Take what is active now in the place of a layer that was removed, and return whether one was."""
        return self._sources.follow()

    def fingerprint(self, source: Source) -> Optional[Tuple[Any, ...]]:
        """Return what differs once the source looks different; None where it cannot be read now."""
        try:
            return self._sources.fingerprint(source)
        except HostError:
            return None

    def read_picture(self, source: Source) -> Picture:
        """Return the pixels as 8-bit sRGB: RGB, or RGBA where the source has an alpha channel; see Host."""
        bounds = self._sources.readable(source)
        if bounds.area > MAX_PIXELS:
            raise HostError(_("This image is too large: scale it down."))
        self._source = source
        with self._sources.lent(source) as drawable:
            has_alpha = drawable.has_alpha()
            data = read(drawable, bounds, "R'G'B'A u8" if has_alpha else "R'G'B' u8")
        return Picture(bounds, "RGBA" if has_alpha else "RGB", data)

    def thumbnail(self, source: Source, side: int) -> Optional[Thumbnail]:
        """Return a quick small picture of the source, at most `side` (1024 or less) on its longer side, if any."""
        return self._sources.thumbnail(source, side)

    def read_selection(self) -> Optional[Mask]:
        """Return the selection, cropped to what it covers; see Host."""
        whole = self.image_bounds()
        found, *corners = Gimp.Selection.bounds(self._image)[1:]
        bounds = Bounds(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1])
        bounds = bounds.intersection(whole)
        if not found or bounds.is_empty:
            return None
        return Mask(bounds, read(self._image.get_selection(), bounds, LINEAR))

    def selection_box(self) -> Optional[Box]:
        """Return the rectangle around the selection, or None where nothing is selected."""
        mask = self.read_selection()
        if mask is None:
            return None
        bounds = mask.bounds
        return Box(float(bounds.x), float(bounds.y), float(bounds.right), float(bounds.bottom))

    def path_anchors(self) -> Tuple[Point, ...]:
        """Return the anchors of the selected paths that lie in the image, as foreground points.

        The paths that Maskwright has made lie on the rim of an object, where they would point at nothing.
        """
        self._sources.check_open()
        anchors: List[Point] = []
        for path in self._image.get_selected_paths():
            if is_ours(path):
                continue
            for stroke in path.get_strokes():
                values = list(path.stroke_get_points(stroke)[1])
                anchors += [Point(values[i + 2], values[i + 3]) for i in range(0, len(values) - 5, 6)]
        return self._inside(anchors)

    def sample_points(self) -> Tuple[Point, ...]:
        """Return the image's sample points, at the centres of their pixels, as foreground points."""
        self._sources.check_open()
        points: List[Point] = []
        number = self._image.find_next_sample_point(0)
        while number:
            x, y = self._image.get_sample_point_position(number)
            points.append(Point(x + 0.5, y + 0.5))
            number = self._image.find_next_sample_point(number)
        return self._inside(points)

    def _inside(self, points: Sequence[Point]) -> Tuple[Point, ...]:
        whole = self.image_bounds()
        return tuple(p for p in points if 0 <= p.x <= whole.width and 0 <= p.y <= whole.height)

    # Writing.

    def write_mask(self, mask: Mask, target: Target, operation: Operation, finished: Finished) -> None:
        """Turn the mask into the target in one undo step; see Host."""
        targets = self._targets
        write = {
            Target.SELECTION: lambda inside: targets.selection(inside, operation),
            Target.LAYER_MASK: targets.layer_mask,
            Target.SAVED_SELECTION: targets.channel,
            Target.NEW_LAYER: lambda inside: targets.layer(inside, self._source),
        }[target]
        self._write(write, mask, finished, may_be_empty=target is Target.SELECTION)

    def write_path(self, mask: Mask, finished: Finished) -> None:
        """Put a path around the mask in one undo step, by GIMP's own way from a selection to a path."""
        self._write(self._targets.path, mask, finished)

    def _write(
        self, write: Callable[[Mask], None], mask: Mask, finished: Finished, *, may_be_empty: bool = False
    ) -> None:
        error: Optional[HostError] = None
        try:
            inside = clipped(mask, self.image_bounds())
            if not may_be_empty:
                check_not_empty(inside)
            write(inside)
        except HostError as problem:
            error = problem
        Gimp.displays_flush()
        finished(error)
