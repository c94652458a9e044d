# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a mask the selection in one undo step with marching ants, on every Krita from 5.1 on.

`Document.setSelection` moves no ants, and makes no undo step before 5.3. Krita's own action "Select Opaque" does both
right, so it is pointed at a selection mask that enters and leaves the layer tree without an undo step of its own.
"""

from __future__ import annotations

from typing import Any, Iterator, Optional

from krita import Krita, Selection
from maskwright_plugin.host import HostError, Mask, Operation
from maskwright_shared.geometry import Bounds

from .steps import TURN, Steps, until

_MASK_TYPES = ("transparencymask", "selectionmask", "filtermask", "transformmask", "colorizemask")


def children(node: Any) -> list[Any]:
    """Return the nodes in a node; Krita changes the list on threads of its own, and then one may be None."""
    return [child for child in node.childNodes() if child is not None]


def is_mask(node: Any) -> bool:
    """Whether a node is a mask of a layer and not a layer."""
    return node.type() in _MASK_TYPES


def selection_mask(document: Any) -> Optional[Mask]:
    """Return the active selection clipped to the image, or None where nothing is selected."""
    selection = document.selection()
    return None if selection is None else _mask_of(selection, document)


def _mask_of(selection: Any, document: Any) -> Optional[Mask]:
    image = Bounds(0, 0, document.width(), document.height())
    bounds = Bounds(selection.x(), selection.y(), selection.width(), selection.height()).intersection(image)
    if bounds.is_empty:
        return None
    return Mask(bounds, bytes(selection.pixelData(*bounds)))


def selection_of(mask: Mask) -> Any:
    """Return a new Krita Selection with the mask's bytes."""
    selection = Selection()
    selection.setPixelData(bytes(mask.alpha), *mask.bounds)
    return selection


def joined(document: Any, mask: Mask, operation: Operation) -> Optional[Mask]:
    """Return the selection that the mask and the present selection make together; None where nothing is left."""
    present = document.selection()
    empty = mask.bounds.is_empty or not any(mask.alpha)
    if operation is Operation.REPLACE or present is None:
        alone = operation in (Operation.REPLACE, Operation.ADD)
        return mask if alone and not empty else None
    result = present.duplicate()  # joining in place would corrupt the undo of the selection that is there
    if not empty or operation is Operation.INTERSECT:
        new = selection_of(mask) if not empty else Selection()
        join = {
            Operation.ADD: result.add,
            Operation.SUBTRACT: result.subtract,
            Operation.INTERSECT: result.intersect,
        }
        join[operation](new)
    return _mask_of(result, document)


def write_selection(document: Any, mask: Mask, operation: Operation) -> Steps:
    """Make the joined mask the selection, in one undo step; the document must be the active one."""
    application = Krita.instance()
    if application.activeDocument() != document:
        raise HostError("Bring the image to the front, then apply again.")
    result = joined(document, mask, operation)
    if result is None:
        yield from _deselect(application, document)
        return
    yield from until(
        lambda: document.activeNode() is not None,
        2,
        "There is no active layer: select one in the Layers docker.",
    )
    old = document.activeNode()
    childless = next(_childless(document), None)
    if childless is not None:
        yield from _through_hidden_mask(application, document, childless, old, result)
    else:
        yield from _through_undone_mask(application, document, old, result)


def _deselect(application: Any, document: Any) -> Steps:
    if document.selection() is not None:
        application.action("deselect").trigger()
        document.waitForDone()
        yield TURN


def _temporary(document: Any, mask: Mask) -> Any:
    node = document.createSelectionMask("Maskwright")
    node.setSelection(
        selection_of(mask)
    )  # a mask filled by setPixelData alone crashes Krita when it is activated
    return node


def _activate(document: Any, node: Any) -> Steps:
    """Make the node active. Krita may take a moment, in which another node, or none (5.3), is the active one."""
    wanted = node.uniqueId()

    def active() -> bool:
        document.setActiveNode(node)
        now = document.activeNode()
        return now is not None and now.uniqueId() == wanted

    yield from until(active, 2, "Krita is busy with this layer: try again in a moment.")


def _through_hidden_mask(application: Any, document: Any, host: Any, old: Any, mask: Mask) -> Steps:
    node = _temporary(document, mask)
    host.setChildNodes([node])  # no undo step; on a layer that has children it would destroy them
    document.waitForDone()
    try:
        yield TURN
        yield from _activate(document, node)  # else the action would take the wrong layer's opacity
        application.action("selectopaque").trigger()
        document.waitForDone()
    finally:
        document.setActiveNode(old)
        host.setChildNodes([])
        document.waitForDone()
    yield TURN  # 5.1 and 5.2 put the step on the undo stack only now


def _through_undone_mask(application: Any, document: Any, old: Any, mask: Mask) -> Steps:
    """Where every layer has masks or children: the temporary mask's own step is undone in the same breath."""
    node = _temporary(document, mask)
    (old.parentNode() if is_mask(old) else old).addChildNode(node, None)
    document.waitForDone()
    yield TURN
    yield from _activate(document, node)
    document.lock()
    try:
        application.action("selectopaque").trigger()
        application.action("edit_undo").trigger()
    finally:
        document.unlock()
    document.waitForDone()
    yield TURN
    document.setActiveNode(old)
    document.waitForDone()
    yield TURN


def all_layers(document: Any) -> Iterator[Any]:
    """All layers of the tree, groups before what is in them; masks are left out."""
    waiting = children(document.rootNode())
    while waiting:
        node = waiting.pop()
        if not is_mask(node):
            yield node
            waiting += children(node)


def _childless(document: Any) -> Iterator[Any]:
    """All layers without children, the active one first."""
    active = document.activeNode()
    if active is not None and not is_mask(active) and not active.childNodes():
        yield active
    yield from (layer for layer in all_layers(document) if not layer.childNodes())
