# SPDX-License-Identifier: GPL-3.0-or-later
"""What the status line says: the first that holds of a setup, a problem, a notice and the state of the session."""

from __future__ import annotations

from typing import Any, Callable, Optional

from maskwright_plugin.backend import Backend
from maskwright_plugin.picking.prompts import Prompts
from maskwright_plugin.picking.state import Phase, State
from maskwright_shared.errors import MaskwrightError

from .. import procedure
from ..sentences import describe
from ..texts import _, told
from .setting_up import Post, SettingUp
from .status import StatusLine

_OPENING = (Phase.IDLE, Phase.CONNECTING, Phase.SENDING, Phase.ENCODING)


class Situation:
    """Keeps what must stay to be read while the session's states come and go.

    `problem` is why the image cannot be used as it is, or empty. `retry` is called when the user wants to try
    again and after a setup, `changed` when `show` has something else to say.
    """

    def __init__(
        self, post: Post, backend: Backend, retry: Callable[[], None], changed: Callable[[], None]
    ) -> None:
        self.line = StatusLine()
        self.problem = ""
        self._notice = ""
        self._noticed_at: Optional[Prompts] = None
        self._backend = backend
        self._restarting = False
        self._retry = retry
        self._changed = changed
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
            self.line.show(self.problem)
            self.line.offer("", None)
            return
        if state.stalled or self._restarting:
            self._show_silence(state)
            return
        working = applying or state.phase in _OPENING
        words = self._notice or describe(state, applying=applying)
        failed = state.phase is Phase.FAILED
        missing = failed and not procedure.installation().complete
        if missing or (state.phase not in _OPENING and self._setting_up.is_outdated):
            words = self._setting_up.problem or words
            self.line.offer(_("Set up") if missing else _("Update"), self._setting_up.start)
        else:
            self.line.offer(_("Try again"), self._retry if failed else None)
        self.line.show(words, working=working, fraction=state.progress)

    def _show_silence(self, state: State) -> None:
        """Offer to end a daemon that hangs; one that only is slow may be waited for."""
        if self._restarting:
            self.line.show(_("Restarting Maskwright…"), working=True)
            self.line.offer("", None)
            return
        self.line.show(describe(state), working=state.phase is not Phase.FAILED)
        self.line.offer(_("Restart it"), self._restart)

    def _restart(self) -> None:
        self._restarting = True
        self._backend.restart(self._on_restarted)
        self._changed()

    def _on_restarted(self, _reply: Any, error: Optional[MaskwrightError]) -> None:
        self._restarting = False
        if error is not None:
            self._notice, self._noticed_at = told(error.message), None
        self._changed()

    def close(self) -> None:
        """Stop what runs; nothing is shown any more."""
        self._setting_up.close()
        self.line.close()
