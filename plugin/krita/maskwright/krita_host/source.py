# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a picture's pixels come from, the active layer or all that is visible, and whether they still are there."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from krita import Krita
from maskwright_plugin.host import HostError, Picture, Source
from maskwright_shared.geometry import Bounds
from maskwright_shared.messages import MAX_PIXELS, MAX_SIDE

from .nodes import active_node, all_layers, layer_of
from .pixels import ColorSpace, node_pixels, to_srgb
from .prints import Prints

LOOK_SECONDS = 0.004
"""What one look at the pixels may cost; a change that Krita's undo history or clock shows is looked for longer."""

HURRIED_SECONDS = 0.03
_HURRIED_LOOKS = 40
_HISTORY = ("edit_undo", "edit_redo")


def active_layer(document: Any) -> Any:
    """Return the layer that is active in the view in front.

    Raises:
        HostError: there is none.
    """
    node = active_node(document)
    if node is None:
        raise HostError("There is no active layer: select one in the Layers docker.")
    return layer_of(node)


class PixelSource:
    """One source of a document, from its making on; `layer` is the active one of then.

    Raises:
        HostError: it has no pixels, or too many; the sentence says what to do.
    """

    def __init__(self, document: Any, source: Source) -> None:
        self.kind = source
        self.layer = active_layer(document)
        self._document = document
        self._whole = source is Source.PROJECTION
        image = Bounds(0, 0, document.width(), document.height())
        self._key = self._key_now()
        self._bounds = _checked(image if self._whole else _layer_bounds(self.layer).intersection(image))
        self._prints: Optional[Prints] = None
        self._hints = self._hints_now()
        self._hurried = 0

    def read(self) -> Picture:
        """Return the pixels as BGRA in 8-bit sRGB, and remember what they were."""
        self._document.waitForDone()
        bounds = self._bounds
        data = self._pixels(bounds)
        if self._whole and data.count(0) == len(data):
            raise HostError("Nothing is visible in this image: show a layer with something on it.")
        space = ColorSpace.of(self._document if self._whole else self.layer)
        self._prints = Prints(bounds, data, self._pixels)
        return Picture(bounds, "BGRA", to_srgb(data, bounds.width, bounds.height, space))

    def is_another(self) -> bool:
        """Whether another layer is the active one by now; for all visible layers that changes nothing."""
        try:
            now = self.layer if self._whole else active_layer(self._document)
        except HostError:
            return False  # Krita 5.3 has none for a moment while another one is made active
        return bool(now.uniqueId() != self.layer.uniqueId())

    def has_changed(self, *, thoroughly: bool) -> bool:
        """Whether its pixels, or its place in the image, are no longer what was read.

        Thoroughly: all pixels are compared; else some, and the others at the next calls.
        """
        if self._prints is None:
            return False
        if self._key_now() != self._key:
            return True
        hints = self._hints_now()
        if hints != self._hints:
            self._hints, self._hurried = hints, _HURRIED_LOOKS
        self._hurried = max(0, self._hurried - 1)
        quick = HURRIED_SECONDS if self._hurried else LOOK_SECONDS
        return not self._prints.still_hold(None if thoroughly else quick)

    def _pixels(self, part: Bounds) -> bytes:
        if self._whole:
            return bytes(self._document.pixelData(*part))
        return node_pixels(self.layer, part)

    def _key_now(self) -> Tuple[Any, ...]:
        document = self._document
        image = Bounds(0, 0, document.width(), document.height())
        if self._whole:
            return (image, ColorSpace.of(document))
        return (image, ColorSpace.of(self.layer), _place(self.layer).intersection(image))

    def _hints_now(self) -> Tuple[Any, ...]:
        """Return what tells at once of most changes: the frame, the undo history, what is visible."""
        document = self._document
        actions = [Krita.instance().action(name) for name in _HISTORY]
        steps = [(action.text(), action.isEnabled()) for action in actions if action is not None]
        seen = [layer.visible() for layer in all_layers(document)] if self._whole else []
        return (document.currentTime(), document.modified(), steps, seen)


def _place(layer: Any) -> Bounds:
    rect = layer.bounds()
    return Bounds(rect.x(), rect.y(), rect.width(), rect.height())


def _layer_bounds(layer: Any) -> Bounds:
    if layer.type() == "filterlayer":
        raise HostError(
            "A filter layer has no pixels of its own: select another layer, or use all visible layers."
        )
    if layer.type() == "grouplayer" and layer.passThroughMode():
        raise HostError(
            "A pass-through group has no pixels of its own: select a layer, or use all visible layers."
        )
    return _place(layer)


def _checked(bounds: Bounds) -> Bounds:
    if bounds.is_empty:
        raise HostError(
            "This layer is empty here: select one with something on it, or use all visible layers."
        )
    if bounds.area > MAX_PIXELS or max(bounds.width, bounds.height) > MAX_SIDE:
        raise HostError("This image is too large for Maskwright: it takes 150 megapixels at most.")
    return bounds
