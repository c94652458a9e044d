# SPDX-License-Identifier: GPL-3.0-or-later
"""One open image of GIMP 3 as a Host: the only file that touches GIMP's images.

Formats are chosen so that no number changes on the way: the selection and layer masks are linear ("Y u8" is
exact), a channel of an image with 8-bit non-linear precision alone is perceptual. Nothing is ever read or
written outside a drawable, which would end the plug-in.
"""

from __future__ import annotations

import contextlib
import re
import struct
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Babl, Gegl, Gimp

from maskwright_plugin.host import Finished, HostError, Mask, Operation, Picture, Source, Target
from maskwright_shared.geometry import Bounds, Box, Point
from maskwright_shared.messages import MAX_PIXELS

from .texts import _

_OPERATIONS = {
    Operation.REPLACE: Gimp.ChannelOps.REPLACE,
    Operation.ADD: Gimp.ChannelOps.ADD,
    Operation.SUBTRACT: Gimp.ChannelOps.SUBTRACT,
    Operation.INTERSECT: Gimp.ChannelOps.INTERSECT,
}
_WITH_ALPHA = {
    Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
    Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
    Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
}
_COMPONENT = re.compile(r"^[RY][^ ]*A (u8|u16|u32|half|float|double)\b")
_PACKED: Dict[str, Callable[[int], bytes]] = {
    "u8": lambda level: struct.pack("=B", level),
    "u16": lambda level: struct.pack("=H", level * 257),
    "u32": lambda level: struct.pack("=L", level * 16843009),
    "half": lambda level: struct.pack("=e", level / 255),
    "float": lambda level: struct.pack("=f", level / 255),
    "double": lambda level: struct.pack("=d", level / 255),
}
_LINEAR = "Y u8"
_PERCEPTUAL = "Y' u8"


class Thumbnail(NamedTuple):
    """A small picture of what would be read: RGB or RGBA bytes of width x height, and the bounds it shows."""

    width: int
    height: int
    channels: str
    data: bytes
    bounds: Bounds


def begin_windows() -> Path:
    """Take over GIMP's theme for this process's windows; return GIMP's folder for settings."""
    _gimp_ui().init("maskwright-select")
    return Path(Gimp.directory())


def attach_window(window: Any) -> None:
    """Keep a window above GIMP's own."""
    window.realize()
    _gimp_ui().window_set_transient(window)


def _gimp_ui() -> Any:
    gi.require_version("GimpUi", "3.0")
    from gi.repository import GimpUi

    return GimpUi


class GimpHost:
    """A Host over a `Gimp.Image`; `drawables` are those that the procedure was called with.

    Everything happens at once and on the main thread: `finished` is called before `write_mask` returns.
    """

    def __init__(self, image: Any, drawables: Sequence[Any]) -> None:
        Gegl.init(None)  # without it every scaled read is black
        self._image = image
        self._drawables = list(drawables)
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
        self._check_open()
        return Bounds(0, 0, self._image.get_width(), self._image.get_height())

    def geometry(self, source: Source) -> Optional[Tuple[Bounds, Bounds]]:
        """Return the image's rectangle and where the source can be read in it; None where it cannot be read now.

        A picture read before they changed lies elsewhere now: the user scaled, cropped or moved something.
        """
        try:
            return self.image_bounds(), self._readable(source)
        except HostError:
            return None

    def has_one_layer(self) -> bool:
        """Whether exactly one layer (or channel) is chosen, so that Source.LAYER can be read."""
        return len(self._drawables) == 1

    def read_picture(self, source: Source) -> Picture:
        """Return the pixels as 8-bit sRGB: RGB, or RGBA where the source has an alpha channel; see Host."""
        bounds = self._readable(source)
        if bounds.area > MAX_PIXELS:
            raise HostError(_("This image is too large: scale it down."))
        self._source = source
        with self._drawable(source) as drawable:
            has_alpha = drawable.has_alpha()
            layout = "R'G'B'A u8" if has_alpha else "R'G'B' u8"
            data = _read(drawable, bounds, layout)
        return Picture(bounds, "RGBA" if has_alpha else "RGB", data)

    def thumbnail(self, source: Source, side: int) -> Thumbnail:
        """Return a quick small picture of the source, at most `side` (1024 or less) on its longer side."""
        bounds = self._readable(source)
        if source is Source.LAYER:
            drawable = self._only_drawable()
            place = _bounds_of(drawable)
            inside = bounds.moved(-place.x, -place.y)
            width, height = _fitted(bounds, side)
            found = drawable.get_sub_thumbnail_data(*inside, width, height)
        else:
            width, height = _fitted(bounds, side)
            found = self._image.get_thumbnail_data(width, height)
        data, width, height, bytes_a_pixel = _thumbnail_values(found)
        channels = {1: "GRAY", 2: "GRAYA", 3: "RGB", 4: "RGBA"}[bytes_a_pixel]
        return Thumbnail(width, height, channels, data, bounds)

    def read_selection(self) -> Optional[Mask]:
        """Return the selection, cropped to what it covers; see Host."""
        self._check_open()
        found, *corners = Gimp.Selection.bounds(self._image)[1:]
        bounds = Bounds(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1])
        bounds = bounds.intersection(self.image_bounds())
        if not found or bounds.is_empty:
            return None
        return Mask(bounds, _read(self._image.get_selection(), bounds, _LINEAR))

    def selection_box(self) -> Optional[Box]:
        """Return the rectangle around the selection, or None where nothing is selected."""
        mask = self.read_selection()
        if mask is None:
            return None
        bounds = mask.bounds
        return Box(float(bounds.x), float(bounds.y), float(bounds.right), float(bounds.bottom))

    def path_anchors(self) -> Tuple[Point, ...]:
        """Return the anchors of the selected paths that lie in the image, as foreground points."""
        self._check_open()
        anchors: List[Point] = []
        for path in self._image.get_selected_paths():
            for stroke in path.get_strokes():
                values = list(path.stroke_get_points(stroke)[1])
                anchors += [Point(values[i + 2], values[i + 3]) for i in range(0, len(values) - 5, 6)]
        return self._inside(anchors)

    def sample_points(self) -> Tuple[Point, ...]:
        """Return the image's sample points, at the centres of their pixels, as foreground points."""
        self._check_open()
        points: List[Point] = []
        number = self._image.find_next_sample_point(0)
        while number:
            x, y = self._image.get_sample_point_position(number)
            points.append(Point(x + 0.5, y + 0.5))
            number = self._image.find_next_sample_point(number)
        return self._inside(points)

    # Writing.

    def write_mask(self, mask: Mask, target: Target, operation: Operation, finished: Finished) -> None:
        """Turn the mask into the target in one undo step; see Host."""
        self._write(_WRITERS[target], mask, operation, finished)

    def write_path(self, mask: Mask, finished: Finished) -> None:
        """Put a path around the mask in one undo step, by GIMP's own way from a selection to a path."""
        self._write(GimpHost._write_path, mask, None, finished)

    def _write(self, write: Any, mask: Mask, operation: Optional[Operation], finished: Finished) -> None:
        error: Optional[HostError] = None
        try:
            clipped = _clipped(mask, self.image_bounds())
            if operation is None or write is not GimpHost._write_selection:
                _check_not_empty(clipped)
            write(self, clipped, operation)
        except HostError as problem:
            error = problem
        Gimp.displays_flush()
        finished(error)

    def _write_selection(self, mask: Mask, operation: Operation) -> None:
        with self._one_undo_step(), self._as_channel(mask) as channel:
            _done(self._image.select_item(_OPERATIONS[operation], channel))

    def _write_channel(self, mask: Mask, _operation: Operation) -> None:
        with self._one_undo_step():
            channel = self._new_channel(mask, _("Object"))
            channel.set_visible(False)

    def _write_layer_mask(self, mask: Mask, _operation: Operation) -> None:
        layer = self._layer()
        self._check_no_floating()
        place = _bounds_of(layer)
        inside = _clipped(mask, place)
        _check_not_empty(inside)
        had, shown, applied = layer.get_mask(), layer.get_show_mask(), layer.get_apply_mask()
        edited = layer.get_edit_mask()
        with self._one_undo_step():
            if had is not None:
                _done(layer.remove_mask(Gimp.MaskApplyMode.DISCARD))
            new = layer.create_mask(Gimp.AddMaskType.BLACK)
            _write(new, inside.bounds.moved(-place.x, -place.y), _LINEAR, inside.alpha)
            _done(layer.add_mask(new))
            layer.set_edit_mask(edited and had is not None)
            if had is not None and (shown or not applied):
                layer.set_show_mask(shown)
                layer.set_apply_mask(applied)

    def _write_layer(self, mask: Mask, _operation: Operation) -> None:
        self._check_no_floating()
        with self._one_undo_step(), self._drawable(self._source) as source:
            place = _bounds_of(source)
            cut = _clipped(mask, place)
            _check_not_empty(cut)
            layer = self._empty_layer(source, cut.bounds)
            inside = cut.bounds.moved(-place.x, -place.y)
            if _fill_with_opaque(layer, source, inside, bytes(cut.alpha)):
                self._insert_above(layer)
                return
            source.get_buffer().copy(
                _rectangle(inside), Gegl.AbyssPolicy.NONE, layer.get_buffer(), Gegl.Rectangle.new(0, 0, 0, 0)
            )
            self._insert_above(layer)
            alpha = layer.create_mask(Gimp.AddMaskType.BLACK)
            _write(alpha, Bounds(0, 0, inside.width, inside.height), _LINEAR, cut.alpha)
            _done(layer.add_mask(alpha))
            _done(layer.remove_mask(Gimp.MaskApplyMode.APPLY))

    def _write_path(self, mask: Mask, _operation: None) -> None:
        procedure = Gimp.get_pdb().lookup_procedure("plug-in-sel2path")
        if procedure is None:
            raise HostError(_("This GIMP has no way from a selection to a path: choose another output."))
        with self._one_undo_step():
            earlier = None if Gimp.Selection.is_empty(self._image) else Gimp.Selection.save(self._image)
            with self._as_channel(mask) as channel:
                _done(self._image.select_item(Gimp.ChannelOps.REPLACE, channel))
            config = procedure.create_config()
            config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
            config.set_property("image", self._image)
            config.set_core_object_array("drawables", self._image.get_layers()[:1])
            result = procedure.run(config)
            if earlier is None:
                Gimp.Selection.none(self._image)
            else:
                _done(self._image.select_item(Gimp.ChannelOps.REPLACE, earlier))
                self._image.remove_channel(earlier)
            _done(result.index(0) == Gimp.PDBStatusType.SUCCESS)
            paths = self._image.get_paths()
            if paths:
                paths[0].set_name(_("Object"))

    # Pieces of writing.

    @contextlib.contextmanager
    def _one_undo_step(self) -> Iterator[None]:
        """Make one step of the undo history, after which the same layers or channels are chosen as before.

        GIMP chooses whatever is new, and a neighbour of what is removed.
        """
        layers, channels = self._image.get_selected_layers(), self._image.get_selected_channels()
        self._image.undo_group_start()
        try:
            yield
        finally:
            if channels:
                self._image.set_selected_channels(channels)
            elif layers:
                self._image.set_selected_layers(layers)
            self._image.undo_group_end()

    @contextlib.contextmanager
    def _as_channel(self, mask: Mask) -> Iterator[Any]:
        """Lend the mask as a channel of the image; GIMP selects only what belongs to one."""
        channel = self._new_channel(mask, "Maskwright")
        try:
            yield channel
        finally:
            self._image.remove_channel(channel)

    def _new_channel(self, mask: Mask, name: str) -> Any:
        width, height = self._image.get_width(), self._image.get_height()
        channel = Gimp.Channel.new(self._image, name, width, height, 50.0, Gegl.Color.new("red"))
        is_perceptual = self._image.get_precision() == Gimp.Precision.U8_NON_LINEAR
        _write(channel, mask.bounds, _PERCEPTUAL if is_perceptual else _LINEAR, mask.alpha)
        _done(self._image.insert_channel(channel, None, 0))
        return channel

    def _empty_layer(self, source: Any, bounds: Bounds) -> Any:
        """Return a new layer with an alpha channel at `bounds`, blended as the source is."""
        opacity, mode = 100.0, Gimp.LayerMode.NORMAL
        if self._source is Source.LAYER and source.is_layer():
            opacity, mode = source.get_opacity(), source.get_mode()
        kind = _WITH_ALPHA[self._image.get_base_type()]
        layer = Gimp.Layer.new(self._image, _("Object"), bounds.width, bounds.height, kind, opacity, mode)
        layer.set_offsets(bounds.x, bounds.y)
        return layer

    def _insert_above(self, layer: Any) -> None:
        chosen = self._drawables[0] if self._drawables else None
        below = Gimp.Layer.from_mask(chosen) if chosen is not None and chosen.is_layer_mask() else chosen
        if self._source is Source.PROJECTION or below is None or not below.is_layer():
            _done(self._image.insert_layer(layer, None, 0))
            return
        position = self._image.get_item_position(below)
        _done(self._image.insert_layer(layer, below.get_parent(), position))

    # What there is.

    @contextlib.contextmanager
    def _drawable(self, source: Source) -> Iterator[Any]:
        """Lend the drawable that holds the source's pixels."""
        if source is Source.LAYER:
            yield self._only_drawable()
            return
        visible = Gimp.Layer.new_from_visible(self._image, self._image, "Maskwright")
        if visible is None:
            raise HostError(_("What is visible could not be read: choose a layer instead."))
        try:
            yield visible
        finally:
            visible.delete()

    def _only_drawable(self) -> Any:
        if len(self._drawables) != 1:
            raise HostError(_("Choose one layer, or take what is visible."))
        drawable = self._drawables[0]
        if not drawable.is_valid():
            raise HostError(_("The layer was removed: choose another one."))
        return Gimp.Layer.from_mask(drawable) if drawable.is_layer_mask() else drawable

    def _layer(self) -> Any:
        drawable = self._only_drawable() if self.has_one_layer() else None
        if drawable is None or not drawable.is_layer():
            raise HostError(_("A layer mask needs a layer: choose one first."))
        return drawable

    def _readable(self, source: Source) -> Bounds:
        whole = self.image_bounds()
        if source is Source.PROJECTION:
            return whole
        bounds = _bounds_of(self._only_drawable()).intersection(whole)
        if bounds.is_empty:
            raise HostError(_("This layer has nothing inside the image: choose another one."))
        return bounds

    def _inside(self, points: Sequence[Point]) -> Tuple[Point, ...]:
        whole = self.image_bounds()
        return tuple(p for p in points if 0 <= p.x <= whole.width and 0 <= p.y <= whole.height)

    def _check_open(self) -> None:
        if not self._image.is_valid():
            raise HostError(_("The image was closed."))

    def _check_no_floating(self) -> None:
        if self._image.get_floating_sel() is not None:
            raise HostError(_("Anchor the floating selection first."))


_WRITERS = {
    Target.SELECTION: GimpHost._write_selection,  # noqa: SLF001 - the class's own
    Target.LAYER_MASK: GimpHost._write_layer_mask,  # noqa: SLF001
    Target.SAVED_SELECTION: GimpHost._write_channel,  # noqa: SLF001
    Target.NEW_LAYER: GimpHost._write_layer,  # noqa: SLF001
}


def _bounds_of(drawable: Any) -> Bounds:
    offsets = drawable.get_offsets()
    return Bounds(offsets[-2], offsets[-1], drawable.get_width(), drawable.get_height())


def _rectangle(bounds: Bounds) -> Any:
    return Gegl.Rectangle.new(*bounds)


def _read(drawable: Any, bounds: Bounds, layout: str) -> bytes:
    """Return the pixels at `bounds` of the image, which lie inside the drawable."""
    place = _bounds_of(drawable)
    inside = _rectangle(bounds.moved(-place.x, -place.y))
    return bytes(drawable.get_buffer().get(inside, 1.0, layout, Gegl.AbyssPolicy.NONE))


def _write(drawable: Any, bounds: Bounds, layout: str, data: Any) -> None:
    """Write pixels at `bounds` of the drawable itself, which has no undo yet because it is new."""
    if bounds.is_empty:
        return
    buffer = drawable.get_buffer()
    buffer.set(_rectangle(bounds), layout, bytes(data))
    buffer.flush()
    drawable.update(*bounds)


def _fill_with_opaque(layer: Any, source: Any, inside: Bounds, alpha: bytes) -> bool:
    """Fill a layer with the opaque source's own numbers and an alpha of 8 bits; False where it is not opaque.

    GIMP's own way to add an alpha channel changes colours in images of 16 bits with a profile. Indexed images
    and sources of another kind (channels) are left to GIMP as well.
    """
    form = Babl.get_name(layer.get_format())
    planes = _alpha_planes(form, alpha)
    given = bytes(source.get_buffer().get(_rectangle(inside), 1.0, None, Gegl.AbyssPolicy.NONE))
    with_alpha, has_alpha = layer.get_bpp(), source.has_alpha()
    size = with_alpha - len(planes)
    if not planes or source.get_bpp() != (with_alpha if has_alpha else size):
        return False
    stride = with_alpha if has_alpha else size
    opaque = _alpha_planes(form, b"\xff")
    if has_alpha and any(given[size + i :: stride].strip(plane) for i, plane in enumerate(opaque)):
        return False
    data = bytearray(len(alpha) * with_alpha)
    for i in range(size):
        data[i::with_alpha] = given[i::stride]
    for i, plane in enumerate(planes):
        data[size + i :: with_alpha] = plane
    _write(layer, Bounds(0, 0, inside.width, inside.height), form, data)
    return True


def _alpha_planes(form: str, alpha: bytes) -> Tuple[bytes, ...]:
    """Return alpha (8 bits, 255 opaque) as each byte of the component type of a format with an alpha channel."""
    kind = _COMPONENT.search(form)
    if kind is None:
        return ()
    levels = [_PACKED[kind.group(1)](level) for level in range(256)]
    return tuple(alpha.translate(bytes(column)) for column in zip(*levels))


def _clipped(mask: Mask, to: Bounds) -> Mask:
    """Return the part of a mask that lies inside `to`."""
    bounds = mask.bounds.intersection(to)
    if bounds == mask.bounds:
        return mask
    if bounds.is_empty:
        return Mask(Bounds(0, 0, 0, 0), b"")
    alpha, left = memoryview(mask.alpha), bounds.x - mask.bounds.x
    starts = [(y - mask.bounds.y) * mask.bounds.width + left for y in range(bounds.y, bounds.bottom)]
    return Mask(bounds, b"".join(alpha[start : start + bounds.width] for start in starts))


def _check_not_empty(mask: Mask) -> None:
    if mask.bounds.is_empty or bytes(mask.alpha).count(0) == len(mask.alpha):
        raise HostError(_("The mask is empty there: click inside the object."))


def _done(worked: Any) -> None:
    """Raise what GIMP says is wrong unless a call worked."""
    if not worked:
        said = str(Gimp.get_pdb().get_last_error() or "").strip().rstrip(".")
        raise HostError(said + "." if said else _("GIMP refused to do this."))


def _fitted(bounds: Bounds, side: int) -> Tuple[int, int]:
    scale = min(1.0, side / max(bounds.width, bounds.height))
    return max(1, round(bounds.width * scale)), max(1, round(bounds.height * scale))


def _thumbnail_values(found: Any) -> Tuple[bytes, int, int, int]:
    """Return (data, width, height, bytes a pixel), in whatever shape the binding hands them over."""
    data, width, height, bytes_a_pixel = found[-4:]
    return (data.get_data() if hasattr(data, "get_data") else bytes(data)), width, height, bytes_a_pixel
