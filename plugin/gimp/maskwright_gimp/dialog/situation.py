# SPDX-License-Identifier: GPL-3.0-or-later
"""What the status line says: the first that holds of a setup, a problem, a notice and the state of the session."""

from __future__ import annotations

from typing import Callable, Optional

from maskwright_plugin.picking.prompts import Prompts
from maskwright_plugin.picking.state import Phase, State

from .. import procedure
from ..sentences import describe
from ..texts import _
from .setting_up import Post, SettingUp
from .status import StatusLine

_OPENING = (Phase.IDLE, Phase.CONNECTING, Phase.SENDING, Phase.ENCODING)


class Situation:
    """Keeps what must stay to be read while the session's states come and go.

    `problem` is why the image cannot be used as it is, or empty. `retry` is called when the user wants to try
    again and after a setup, `changed` when `show` has something else to say.
    """

    def __init__(self, post: Post, retry: Callable[[], None], changed: Callable[[], None]) -> None:
        self.line = StatusLine()
        self.problem = ""
        self._notice = ""
        self._noticed_at: Optional[Prompts] = None
        self._retry = retry
        self._setting_up = SettingUp(post, self.line, retry, changed)

    def notice(self, sentence: str, state: State) -> None:
        """Say this until the user goes on to other prompts."""
        self._notice, self._noticed_at = sentence, state.prompts

    def show(self, state: State, *, applying: bool) -> None:
        """Show how things are now."""
        if self._setting_up.is_running:
            return  # the line is its own
        if applying or state.prompts != self._noticed_at:
            self._notice = ""
        if self.problem:
            self.line.show(_(self.problem))
            self.line.offer("", None)
            return
        working = applying or state.stalled or state.phase in _OPENING
        words = _(self._notice) if self._notice else describe(state, applying=applying)
        failed = state.phase is Phase.FAILED
        missing = failed and not procedure.installation().complete
        if missing or (state.phase not in _OPENING and self._setting_up.is_outdated):
            words = _(self._setting_up.problem) or words
            self.line.offer(_("Set up") if missing else _("Update"), self._setting_up.start)
        else:
            self.line.offer(_("Try again"), self._retry if failed else None)
        self.line.show(words, working=working, fraction=state.progress)

    def close(self) -> None:
        """Stop what runs; nothing is shown any more."""
        self._setting_up.close()
        self.line.close()
