# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's state as a sentence for the banner and the docker."""

from __future__ import annotations

from maskwright_plugin.picking.state import Phase, State

from ..i18n import tr


def describe(state: State, *, writing: bool = False, long: bool = False) -> str:
    """Return what is going on; the daemon's own sentences are shown as they come where no translation is known.

    `writing`: the mask is being applied; `long`: one is on its way, and takes long.
    """
    if state.message:
        return tr(state.message)
    if state.stalled:
        return tr("Maskwright's backend does not answer: wait, or restart it.")
    opening = {
        Phase.IDLE: tr("Reading the pixels…"),
        Phase.CONNECTING: tr("Starting Maskwright…"),
        Phase.SENDING: tr("Sending the pixels…"),
        Phase.ENCODING: tr("Looking at the image… You can click already."),
    }
    return opening.get(state.phase) or _ready(state, writing=writing, long=long)


def _ready(state: State, *, writing: bool, long: bool) -> str:
    if writing:
        return tr("Applying…")
    if state.prompts.is_empty:
        return tr("Click an object, or drag a box around it.")
    if state.preview is None or long:
        return tr("One moment…")
    if not state.preview.area:
        return tr("Nothing was found there: click on another part of it, or take the click back.")
    return tr("Enter applies, Esc leaves. Right click takes away.")
