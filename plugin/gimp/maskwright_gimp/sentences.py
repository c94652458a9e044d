# SPDX-License-Identifier: GPL-3.0-or-later
"""A session's state as a sentence for the status line."""

from __future__ import annotations

from maskwright_plugin.picking.state import Phase, State

from .texts import _, told


def describe(state: State, *, applying: bool = False) -> str:
    """Return what is going on; the daemon's own sentences are shown as they come where no translation is known."""
    if state.message:
        return told(state.message)
    if state.stalled:
        return _("Maskwright's backend does not answer: wait, or restart it.")
    opening = {
        Phase.IDLE: _("Reading the pixels…"),
        Phase.CONNECTING: _("Starting Maskwright…"),
        Phase.SENDING: _("Sending the pixels…"),
        Phase.ENCODING: _("Looking at the image… You can click already."),
    }
    if state.phase in opening:
        return opening[state.phase]
    return _("Applying…") if applying else _ready(state)


def _ready(state: State) -> str:
    if state.prompts.is_empty:
        return _("Click an object, or drag a box around it.")
    if state.preview is None:
        return _("One moment…")
    if not state.preview.area:
        return _("Nothing found there. Click elsewhere, or take the last prompt back.")
    return _("Shift or right click takes away, Backspace takes back, Enter applies.")
