# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host protocol for one document of Krita."""

from __future__ import annotations

from typing import Any, Optional

from maskwright_plugin.host import Finished, HostError, Mask, Operation, Picture, Source, Target
from maskwright_shared.geometry import Bounds

from .nodes import all_layers, is_locked
from .selection import joined, selection_mask, write_selection
from .source import PixelSource, active_layer
from .steps import Steps, run_steps
from .targets import write_cut_out, write_layer_mask, write_selection_mask


class KritaHost:
    """One document. Layer masks and cut-outs go to the layer that was active when the picture was read."""

    def __init__(self, document: Any, name: str = "Maskwright") -> None:
        self._document = document
        self._name = name
        self._pixels: Optional[PixelSource] = None
        self._layer_id: Optional[Any] = None

    def image_bounds(self) -> Bounds:
        """Return the image's rectangle."""
        return Bounds(0, 0, self._document.width(), self._document.height())

    def read_picture(self, source: Source) -> Picture:
        """Return the active layer's or the whole image's pixels as 8-bit sRGB, BGRA."""
        pixels = PixelSource(self._document, source)
        picture = pixels.read()
        self._pixels, self._layer_id = pixels, pixels.layer.uniqueId()
        return picture

    def check_readable(self, source: Source) -> None:
        """Look whether there are pixels to read, without reading them.

        Raises:
            HostError: as `read_picture`.
        """
        PixelSource(self._document, source)

    def is_another(self) -> bool:
        """Whether the source of the picture that was read is another layer or has another size by now."""
        return self._pixels is not None and self._pixels.is_another()

    def has_changed(self, *, thoroughly: bool = False) -> bool:
        """Whether the pixels are no longer those that were read; thoroughly: all are compared, else a few each call."""
        return self._pixels is not None and self._pixels.has_changed(thoroughly=thoroughly)

    def check_writable(self, target: Target) -> None:
        """Look whether a mask can become this target; a lock would stop Krita itself only after long.

        Raises:
            HostError: the layer that was read is locked, or gone.
        """
        if target is Target.SELECTION:
            return
        layer = self._written_layer()
        if target is Target.NEW_LAYER:
            if is_locked(layer.parentNode()):
                raise HostError("The group of this layer is locked: unlock it, then apply again.")
        elif is_locked(layer):
            raise HostError("This layer is locked: unlock it, then apply again.")

    def leaves_nothing(self, mask: Mask, operation: Operation) -> bool:
        """Whether joining the mask would leave nothing of a selection that is there."""
        if operation not in (Operation.SUBTRACT, Operation.INTERSECT) or self._document.selection() is None:
            return False
        left = joined(self._document, mask, operation)
        return left is None or not any(left.alpha)

    def read_selection(self) -> Optional[Mask]:
        """Return the active selection clipped to the image, or None."""
        return selection_mask(self._document)

    def write_mask(self, mask: Mask, target: Target, operation: Operation, finished: Finished) -> None:
        """Turn the mask into the target in one undo step; `finished` is called some turns later."""
        run_steps(self._writing(mask, target, operation), finished)

    def _writing(self, mask: Mask, target: Target, operation: Operation) -> Steps:
        mask = _clipped(mask, self.image_bounds())
        if target is Target.SELECTION:
            yield from write_selection(self._document, mask, operation)
            return
        if mask.bounds.is_empty or not any(mask.alpha):
            raise HostError("The mask is empty: click inside the object.")
        self.check_writable(target)
        layer = self._written_layer()
        if target is Target.LAYER_MASK:
            yield from write_layer_mask(self._document, layer, mask, self._name)
        elif target is Target.SAVED_SELECTION:
            yield from write_selection_mask(self._document, layer, mask, self._name)
        else:
            whole = self._pixels is not None and self._pixels.kind is Source.PROJECTION
            yield from write_cut_out(self._document, layer, mask, self._name, whole_image=whole)

    def _written_layer(self) -> Any:
        if self._layer_id is None:
            return active_layer(self._document)
        for layer in all_layers(self._document):  # nodeByUniqueID() of 5.1 returns a QObject, not a Node
            if layer.uniqueId() == self._layer_id:
                return layer
        raise HostError("The layer that was read is gone: start again on another one.")


def _clipped(mask: Mask, image: Bounds) -> Mask:
    """Return the part of the mask that lies in the image."""
    inside = mask.bounds.intersection(image)
    alpha = bytes(mask.alpha)
    if inside == mask.bounds:
        return Mask(inside, alpha)
    left, width = inside.x - mask.bounds.x, mask.bounds.width
    rows = range(inside.y - mask.bounds.y, inside.bottom - mask.bounds.y)
    return Mask(
        inside, b"".join(alpha[row * width + left : row * width + left + inside.width] for row in rows)
    )
