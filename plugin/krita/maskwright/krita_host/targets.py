# SPDX-License-Identifier: GPL-3.0-or-later
"""A mask as a node of the layer tree, each in one undo step: transparency mask, selection mask, cut-out layer."""

from __future__ import annotations

from typing import Any, Optional

from krita import Krita
from maskwright_plugin.host import HostError, Mask
from maskwright_shared.geometry import Bounds

from ..cutout import cut_out
from .nodes import active_node, children
from .pixels import ColorSpace, convert, document_pixels, node_pixels
from .selection import selection_of
from .steps import TURN, Steps, until


def write_layer_mask(document: Any, layer: Any, mask: Mask, name: str) -> Steps:
    """Give the layer a transparency mask with exactly these bytes."""
    if hasattr(document, "createTransparencyMask"):
        node = document.createTransparencyMask(name)
        node.setSelection(selection_of(mask))
        yield from _added(document, layer, node, None)
    else:
        yield from _layer_mask_by_action(document, layer, mask, name)


def write_selection_mask(document: Any, layer: Any, mask: Mask, name: str) -> Steps:
    """Keep the mask as a selection mask of the layer."""
    node = document.createSelectionMask(name)
    node.setSelection(selection_of(mask))
    yield from _added(document, layer, node, None)


def write_cut_out(document: Any, layer: Any, mask: Mask, name: str, *, whole_image: bool) -> Steps:
    """Put the source's pixels inside the mask on a new layer above `layer`, in the image's colour space."""
    image = Bounds(0, 0, document.width(), document.height())
    space = ColorSpace.of(document)
    if whole_image:
        native = document_pixels(document, mask.bounds.intersection(image))
    else:
        native = convert(
            node_pixels(layer, mask.bounds),
            mask.bounds.width,
            mask.bounds.height,
            ColorSpace.of(layer),
            space,
        )
    node = document.createNode(name, "paintlayer")
    cut = cut_out(native, bytes(mask.alpha), space.pixel_size, space.depth)
    node.setPixelData(bytes(cut), *mask.bounds)
    yield from _added(document, layer.parentNode(), node, layer)


def _added(document: Any, parent: Any, node: Any, above: Optional[Any]) -> Steps:
    refused = "Krita did not take the new layer: unlock the layer or its group and try again."
    old, wanted = active_node(document), node.uniqueId()
    if not parent.addChildNode(node, above):
        raise HostError(refused)
    yield from until(lambda: any(child.uniqueId() == wanted for child in children(parent)), 5, refused)
    document.waitForDone()
    yield TURN  # Krita makes the new node the active one in this turn
    if old is not None:
        document.setActiveNode(old)
    document.waitForDone()
    yield TURN


def _layer_mask_by_action(document: Any, layer: Any, mask: Mask, name: str) -> Steps:
    """Krita 5.1 cannot make one from Python; a mask made by its own action is filled afterwards.

    The action's step takes the selection away, as Krita's own command does, and its undo brings it back.
    """
    application = Krita.instance()
    if application.activeDocument() != document:
        raise HostError("Bring the image to the front, then apply again.")
    old = active_node(document)
    document.setActiveNode(layer)
    yield TURN
    before = {child.uniqueId() for child in children(layer)}

    def made() -> list[Any]:
        return [child for child in children(layer) if child.uniqueId() not in before]

    application.action("add_new_transparency_mask").trigger()
    yield from until(
        lambda: bool(made()), 10, "Krita did not make a transparency mask: unlock the layer and try again."
    )
    document.waitForDone()
    yield TURN
    node = made()[0]
    node.setName(name)
    image = Bounds(0, 0, document.width(), document.height())
    node.setPixelData(bytes(image.area), *image)
    node.setPixelData(bytes(mask.alpha), *mask.bounds)
    document.setActiveNode(old)
    document.refreshProjection()
    document.waitForDone()
    yield TURN


__all__ = ["write_cut_out", "write_layer_mask", "write_selection_mask"]
