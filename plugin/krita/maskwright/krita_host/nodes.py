# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer tree of a document: which node is active in the view in front, what is a mask, what is locked."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from krita import Krita

from .steps import Steps, until

_MASK_TYPES = ("transparencymask", "selectionmask", "filtermask", "transformmask", "colorizemask")


def children(node: Any) -> list[Any]:
    """Return the nodes in a node; Krita changes the list on threads of its own, and then one may be None."""
    return [child for child in node.childNodes() if child is not None]


def is_mask(node: Any) -> bool:
    """Whether a node is a mask of a layer and not a layer."""
    return node.type() in _MASK_TYPES


def layer_of(node: Any) -> Any:
    """Return the node, or the layer it belongs to when it is a mask."""
    while is_mask(node):
        node = node.parentNode()
    return node


def all_layers(document: Any) -> Iterator[Any]:
    """All layers of the tree, groups before what is in them; masks are left out."""
    waiting = children(document.rootNode())
    while waiting:
        node = waiting.pop()
        if not is_mask(node):
            yield node
            waiting += children(node)


def childless_layers(document: Any) -> Iterator[Any]:
    """All layers without children, the active one first."""
    active = active_node(document)
    if active is not None and not is_mask(active) and not active.childNodes():
        yield active
    yield from (layer for layer in all_layers(document) if not layer.childNodes())


def active_node(document: Any) -> Optional[Any]:
    """Return the active node of the document's view in front, or None.

    Where an image has several views, Krita's Document tells the first view's, and sets that of the view in front.
    """
    first = document.activeNode()
    chosen = _chosen_nodes(document)
    if (
        not chosen or first in chosen
    ):  # with several layers chosen, the view does not say which of them is active
        return first
    return chosen[0]


def _chosen_nodes(document: Any) -> list[Any]:
    window = Krita.instance().activeWindow()
    view = window.activeView() if window is not None else None
    if view is None or view.document() != document:
        return []
    return [node for node in view.selectedNodes() if node is not None]


def activate(document: Any, node: Any) -> Steps:
    """Make the node active. Krita may take a moment, in which another node, or none (5.3), is the active one."""

    def active() -> bool:
        document.setActiveNode(node)
        now = active_node(document)
        return now is not None and now.uniqueId() == node.uniqueId()

    yield from until(active, 2, "Krita is busy with this layer: try again in a moment.")


def is_locked(node: Any) -> bool:
    """Whether a layer, or a group that it lies in, is locked."""
    while node is not None:
        if node.locked():
            return True
        node = node.parentNode()
    return False
