# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a mask the selection in one undo step with marching ants, on every Krita from 5.1 on.

`Document.setSelection` moves no ants, and makes no undo step before 5.3. Krita's own action "Select Opaque" does both
right, so it is pointed at a selection mask that enters and leaves the layer tree without an undo step of its own.
"""

from __future__ import annotations

from typing import Any, Optional

from krita import Krita, Selection
from maskwright_plugin.host import HostError, Mask, Operation
from maskwright_shared.geometry import Bounds

from .nodes import activate, active_node, childless_layers, is_mask
from .steps import TURN, Steps, until


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
        lambda: active_node(document) is not None,
        2,
        "There is no active layer: select one in the Layers docker.",
    )
    old = active_node(document)
    childless = next(childless_layers(document), None)
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


def _through_hidden_mask(application: Any, document: Any, host: Any, old: Any, mask: Mask) -> Steps:
    node = _temporary(document, mask)
    host.setChildNodes([node])  # no undo step; on a layer that has children it would destroy them
    document.waitForDone()
    try:
        yield TURN
        yield from activate(document, node)  # else the action would take the wrong layer's opacity
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
    yield from activate(document, node)
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
