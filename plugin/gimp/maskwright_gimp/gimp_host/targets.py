# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mask can be turned into, each in one undo step."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp

from maskwright_plugin.host import HostError, Mask, Operation, Source
from maskwright_shared.geometry import Bounds

from ..texts import _
from .cutout import fill_with_opaque
from .joining import joined, spread
from .pixels import LINEAR, PERCEPTUAL, bounds_of, check_not_empty, clipped, done, read, rectangle, write
from .signature import sign
from .sources import Sources

_WITH_ALPHA = {
    Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
    Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
    Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
}


class Targets:
    """Writes masks, which lie inside the image, into a `Gimp.Image`. What cannot be done raises HostError."""

    def __init__(self, image: Any, sources: Sources) -> None:
        self._image = image
        self._sources = sources

    def selection(self, mask: Mask, operation: Operation) -> None:
        """Join the mask with the selection.

        GIMP itself joins only channels of the image, and in 3.2 an undo step in which one comes and goes leaves no
        layer chosen.
        """
        with self._one_undo_step():
            self._select(joined(operation, self._selected, spread(mask, self._sources.whole)))

    def channel(self, mask: Mask) -> None:
        """Make a channel of it, which hides nothing."""
        with self._one_undo_step(inserts=True):
            channel = self._new_channel(mask, _("Object"))
            channel.set_visible(False)

    def layer_mask(self, mask: Mask) -> None:
        """Make it the layer's mask in the place of one that is there, shown and applied as that was."""
        layer = self._sources.layer
        self._check_no_floating()
        place = bounds_of(layer)
        inside = clipped(mask, place)
        check_not_empty(inside)
        had, shown, applied = layer.get_mask(), layer.get_show_mask(), layer.get_apply_mask()
        edited = layer.get_edit_mask()
        with self._one_undo_step():
            if had is not None:
                done(layer.remove_mask(Gimp.MaskApplyMode.DISCARD))
            new = layer.create_mask(Gimp.AddMaskType.BLACK)
            write(new, inside.bounds.moved(-place.x, -place.y), LINEAR, inside.alpha)
            done(layer.add_mask(new))
            layer.set_edit_mask(edited and had is not None)
            if had is not None and (shown or not applied):
                layer.set_show_mask(shown)
                layer.set_apply_mask(applied)

    def layer(self, mask: Mask, source: Source) -> None:
        """Put what the mask covers of the source on a new layer, cropped to it."""
        self._check_no_floating()
        with self._sources.lent(source) as drawable, self._one_undo_step(inserts=True):
            place = bounds_of(drawable)
            cut = clipped(mask, place)
            check_not_empty(cut)
            layer = self._empty_layer(source, cut.bounds)
            inside = cut.bounds.moved(-place.x, -place.y)
            if fill_with_opaque(layer, drawable, inside, bytes(cut.alpha)):
                self._insert_above(layer, source)
                return
            anywhere = Gegl.Rectangle.new(0, 0, 0, 0)
            drawable.get_buffer().copy(rectangle(inside), Gegl.AbyssPolicy.NONE, layer.get_buffer(), anywhere)
            self._insert_above(layer, source)
            alpha = layer.create_mask(Gimp.AddMaskType.BLACK)
            write(alpha, Bounds(0, 0, inside.width, inside.height), LINEAR, cut.alpha)
            done(layer.add_mask(alpha))
            done(layer.remove_mask(Gimp.MaskApplyMode.APPLY))

    def path(self, mask: Mask) -> None:
        """Put a path around it, by GIMP's own way from a selection to a path; the selection stays as it was."""
        procedure = Gimp.get_pdb().lookup_procedure("plug-in-sel2path")
        if procedure is None:
            raise HostError(_("This GIMP has no way from a selection to a path: choose another output."))
        with self._one_undo_step():
            earlier = self._selected
            self._select(spread(mask, self._sources.whole))
            config = procedure.create_config()
            config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
            config.set_property("image", self._image)
            config.set_core_object_array("drawables", self._image.get_layers()[:1])
            result = procedure.run(config)
            self._select(earlier)
            done(result.index(0) == Gimp.PDBStatusType.SUCCESS)
            paths = self._image.get_paths()
            if paths:
                paths[0].set_name(_("Object"))
                sign(paths[0])

    # Pieces of writing.

    @contextlib.contextmanager
    def _one_undo_step(self, *, inserts: bool = False) -> Iterator[None]:
        """Make one step of the undo history, after which the same layers or channels are chosen as before.

        GIMP chooses whatever is new. `inserts` has the same chosen after Ctrl+Z and Ctrl+Y, too.
        """
        layers, channels = self._image.get_selected_layers(), self._image.get_selected_channels()

        def choose() -> None:
            if channels:
                self._image.set_selected_channels(channels)
            elif layers:
                self._image.set_selected_layers(layers)

        self._image.undo_group_start()
        try:
            if inserts:
                self._note_chosen(choose)
            yield
        finally:
            choose()
            if inserts:
                self._note_chosen(choose)
            self._image.undo_group_end()

    def _note_chosen(self, choose: Callable[[], None]) -> None:
        """Have the undo history remember what is chosen: only a layer that comes or goes notes it."""
        passing = Gimp.Layer.new(
            self._image,
            "Maskwright",
            1,
            1,
            _WITH_ALPHA[self._image.get_base_type()],
            100.0,
            Gimp.LayerMode.NORMAL,
        )
        done(self._image.insert_layer(passing, None, 0))
        choose()
        done(self._image.remove_layer(passing))
        choose()

    @property
    def _selected(self) -> bytes:
        return read(self._image.get_selection(), self._sources.whole, LINEAR)

    def _select(self, alpha: bytes) -> None:
        """Make these the selection's own numbers, one for each pixel of the image."""
        selection, whole = self._image.get_selection(), self._sources.whole
        shadow = selection.get_shadow_buffer()
        shadow.set(rectangle(whole), LINEAR, alpha)
        shadow.flush()
        done(selection.merge_shadow(True))
        selection.update(*whole)

    def _new_channel(self, mask: Mask, name: str) -> Any:
        width, height = self._image.get_width(), self._image.get_height()
        channel = Gimp.Channel.new(self._image, name, width, height, 50.0, Gegl.Color.new("red"))
        is_perceptual = self._image.get_precision() == Gimp.Precision.U8_NON_LINEAR
        write(channel, mask.bounds, PERCEPTUAL if is_perceptual else LINEAR, mask.alpha)
        done(self._image.insert_channel(channel, None, 0))
        return channel

    def _empty_layer(self, source: Source, bounds: Bounds) -> Any:
        """Return a new layer with an alpha channel at `bounds`, blended as the source is."""
        opacity, mode = 100.0, Gimp.LayerMode.NORMAL
        if source is Source.LAYER and self._sources.only.is_layer():
            opacity, mode = self._sources.only.get_opacity(), self._sources.only.get_mode()
        kind = _WITH_ALPHA[self._image.get_base_type()]
        layer = Gimp.Layer.new(self._image, _("Object"), bounds.width, bounds.height, kind, opacity, mode)
        layer.set_offsets(bounds.x, bounds.y)
        return layer

    def _insert_above(self, layer: Any, source: Source) -> None:
        """Insert a layer above the chosen one, or on top of all."""
        chosen = self._sources.drawables[0] if self._sources.drawables else None
        below = Gimp.Layer.from_mask(chosen) if chosen is not None and chosen.is_layer_mask() else chosen
        if source is Source.PROJECTION or below is None or not below.is_layer():
            done(self._image.insert_layer(layer, None, 0))
            return
        position = self._image.get_item_position(below)
        done(self._image.insert_layer(layer, below.get_parent(), position))

    def _check_no_floating(self) -> None:
        if self._image.get_floating_sel() is not None:
            raise HostError(_("Anchor the floating selection first."))
