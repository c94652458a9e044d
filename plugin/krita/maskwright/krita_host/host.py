# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host protocol for one document of Krita."""

from __future__ import annotations

from typing import Any, Optional

from maskwright_plugin.host import Finished, HostError, Mask, Operation, Picture, Source, Target
from maskwright_shared.geometry import Bounds
from maskwright_shared.messages import MAX_PIXELS, MAX_SIDE

from .pixels import ColorSpace, document_pixels, node_pixels, to_srgb
from .selection import all_layers, selection_mask, write_selection
from .steps import Steps, run_steps
from .targets import layer_of, write_cut_out, write_layer_mask, write_selection_mask

_NO_PIXELS = ("filterlayer",)


class KritaHost:
    """One document. Layer masks and cut-outs go to the layer that was active when the picture was read."""

    def __init__(self, document: Any, name: str = "Maskwright") -> None:
        self._document = document
        self._name = name
        self._source = Source.LAYER
        self._layer_id: Optional[Any] = None

    def image_bounds(self) -> Bounds:
        """Return the image's rectangle."""
        return Bounds(0, 0, self._document.width(), self._document.height())

    def read_picture(self, source: Source) -> Picture:
        """Return the active layer's or the whole image's pixels as 8-bit sRGB, BGRA."""
        layer = self._active_layer()
        image = self.image_bounds()
        if source is Source.PROJECTION:
            bounds = _checked(image)
            data = document_pixels(self._document, bounds)
            space = ColorSpace.of(self._document)
        else:
            bounds = _checked(_layer_bounds(layer).intersection(image))
            data = node_pixels(layer, bounds)
            space = ColorSpace.of(layer)
        self._source, self._layer_id = source, layer.uniqueId()
        return Picture(bounds, "BGRA", to_srgb(data, bounds.width, bounds.height, space))

    def layer_key(self) -> str:
        """Return a name for the active layer, to see that another one was made active."""
        return str(self._active_layer().uniqueId().toString())

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
        layer = self._written_layer()
        if target is Target.LAYER_MASK:
            yield from write_layer_mask(self._document, layer, mask, self._name)
        elif target is Target.SAVED_SELECTION:
            yield from write_selection_mask(self._document, layer, mask, self._name)
        else:
            whole = self._source is Source.PROJECTION
            yield from write_cut_out(self._document, layer, mask, self._name, whole_image=whole)

    def _active_layer(self) -> Any:
        node = self._document.activeNode()
        if node is None:
            raise HostError("There is no active layer: select one in the Layers docker.")
        return layer_of(node)

    def _written_layer(self) -> Any:
        if self._layer_id is None:
            return self._active_layer()
        for layer in all_layers(self._document):  # nodeByUniqueID() of 5.1 returns a QObject, not a Node
            if layer.uniqueId() == self._layer_id:
                return layer
        raise HostError("The layer that was read is gone: start again on another one.")


def _layer_bounds(layer: Any) -> Bounds:
    if layer.type() in _NO_PIXELS:
        raise HostError(
            "A filter layer has no pixels of its own: select another layer, or use all visible layers."
        )
    if layer.type() == "grouplayer" and layer.passThroughMode():
        raise HostError(
            "A pass-through group has no pixels of its own: select a layer, or use all visible layers."
        )
    rect = layer.bounds()
    return Bounds(rect.x(), rect.y(), rect.width(), rect.height())


def _checked(bounds: Bounds) -> Bounds:
    if bounds.is_empty:
        raise HostError(
            "This layer is empty here: select one with something on it, or use all visible layers."
        )
    if bounds.area > MAX_PIXELS or max(bounds.width, bounds.height) > MAX_SIDE:
        raise HostError("This image is too large for Maskwright: it takes 150 megapixels at most.")
    return bounds


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
