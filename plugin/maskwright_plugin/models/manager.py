# SPDX-License-Identifier: GPL-3.0-or-later
"""The manager: asks the daemon, keeps what it said, and does what the user wants with a model. It never waits.

What is shown comes from the daemon's list alone, so several editors and the command line see the same. A download
goes on when the window, or even the editor, is closed.
"""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Set, Tuple

from maskwright_shared import messages as m
from maskwright_shared.errors import Cancelled, MaskwrightError

from ..backend import Backend
from ..ticket import Ticket
from .facts import Coming, Row, Standing, rows_of
from .kept import Kept
from .progress import Pace, progress_line
from .times import figure
from .words import Words

IMPORT = ""
"""The place of notes and work that belong to no model that is there yet: a file that is being imported."""


class Manager:
    """`changed` is called after every news; `arrived(id)` when a model that was asked for here has come."""

    def __init__(
        self,
        backend: Callable[[], Backend],
        words: Words,
        kept: Kept,
        changed: Callable[[], None],
        arrived: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend, self._words, self.kept = backend, words, kept
        self._changed, self._arrived, self._clock = changed, arrived, clock
        self._listing: Optional[Ticket] = None
        self._pulls: Dict[str, Ticket] = {}
        self._paces: Dict[str, Pace] = {}
        self._working: Set[str] = set()
        self.rows: Tuple[Row, ...] = ()
        self.notes: Dict[str, str] = {}
        """By model what its last action came to, a sentence; under IMPORT that of an import."""
        self.report: Mapping[str, Any] = {}
        """What doctor said last: `chosen`, `providers`, `computer`."""
        self.trouble = ""
        """Why the daemon could not be asked; empty when all is well."""

    # Looking.

    def refresh(self) -> None:
        """Ask the daemon for the list, unless it is being asked already."""
        if self._listing is None:
            self._listing = self._backend().request(m.ModelsList(available=True), self._on_models)

    def look_at_computer(self) -> None:
        """Ask what doctor knows: memory, graphics cards and execution providers; nothing is tried."""
        if not self.report:
            self._doctor(m.Doctor())

    def look_again(self) -> None:
        """Ask doctor once more: another ONNX Runtime may be there."""
        self._doctor(m.Doctor())

    def provider(self, name: Optional[str]) -> Optional[Mapping[str, Any]]:
        """Return doctor's row of an execution provider, None where there is none."""
        rows = self.report.get("providers", ())
        return next((row for row in rows if row.get("name") == name), None)

    def row(self, model: str) -> Optional[Row]:
        """Return a model's row, None where there is none."""
        return next((row for row in self.rows if row.id == model), None)

    @property
    def coming(self) -> Tuple[Row, ...]:
        """The models that are being downloaded, by whomever."""
        return tuple(row for row in self.rows if row.coming is not None)

    @property
    def is_waiting(self) -> bool:
        """Whether something is under way that another `refresh` may have news of."""
        return bool(self.coming or self._pulls)

    def is_working_on(self, model: str) -> bool:
        """Whether an action on a model is under way, a download apart."""
        return model in self._working

    def progress(self, row: Row) -> str:
        """Return how far a download is, in words."""
        pace = self._paces.get(row.id)
        left = pace.left(row.coming.total) if pace is not None and row.coming is not None else None
        return progress_line(row.coming or Coming(), left, self._words)

    @property
    def memory(self) -> Optional[float]:
        """The computer's memory in bytes, None while unknown."""
        computer = self.report.get("computer")
        megabytes = figure(computer.get("memory_mb")) if isinstance(computer, Mapping) else None
        return None if megabytes is None else megabytes * 1e6

    # Doing.

    def get(self, model: str) -> None:
        """Download a model whose restrictions the user has accepted; what came of it earlier is gone on with."""
        if model in self._pulls:
            return
        self.notes.pop(model, None)
        pull = m.ModelPull(model, accept=True, environment=self.kept.environment(), stay=True)

        def done(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._pulls.pop(model, None)
            self._show(model, None)
            self._told(model, error)
            if reply is not None:
                self._arrived(str(reply.report.get("model", model)))

        self._pulls[model] = self._backend().request(pull, done, lambda now: self._show(model, now))
        self._show(model, m.Progress("waiting"))

    def cancel(self, model: str) -> None:
        """Stop a model's download, whoever asked for it; what has come stays for the next time."""
        own = self._pulls.pop(model, None)
        if own is not None:
            own.cancel()
        self._show(model, None)
        self._act(model, m.ModelStop(model))

    def bring(self, paths: Sequence[str]) -> None:
        """Import a model from files of the user's."""
        self.notes[IMPORT] = self._words("Importing…")

        def done(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._working.discard(IMPORT)
            self.notes.pop(IMPORT, None)
            self._told(IMPORT, error)
            if reply is not None:
                self.notes[IMPORT] = self._words("{0} is installed.", str(reply.report.get("model")))
                self._arrived(str(reply.report.get("model")))

        self._working.add(IMPORT)
        self._backend().request(m.ModelImport(tuple(paths[:2])), done)
        self._changed()

    def use_by_default(self, model: str) -> None:
        """Make a model the one that is used where none is chosen."""
        self._act(model, m.ModelDefault(model))

    def remove(self, model: str) -> None:
        """Remove a model from the disk."""
        self._act(model, m.ModelRemove(model))

    def check(self, model: str) -> None:
        """Compare a model's files with its card, and run it once."""
        self._act(model, m.ModelVerify(model), self._verified)

    def measure(self, model: str) -> None:
        """Measure a model's times and memory."""
        self._act(model, m.ModelBench(model))

    def probe(self) -> None:
        """Try each execution provider that there is with the default model."""
        self._doctor(m.Doctor(probe=True))

    def use_provider(self, name: str) -> None:
        """Have models run on a provider from now on."""
        self._doctor(m.Doctor(name))

    def forget(self) -> None:
        """Expect no answer any more to what was asked: the backend is another one from now on."""
        self._listing = None
        self._pulls.clear()
        self._working.clear()

    # What the daemon says.

    def _on_models(self, reply: Any, error: Optional[MaskwrightError]) -> None:
        self._listing = None
        self.trouble = "" if error is None else error.message
        if error is None:
            rows = rows_of(reply.models, reply.default_model)
            self.rows = tuple(self._with_own_progress(row) for row in rows)
            for row in self.rows:
                self._keep_pace(row.id, row.coming)
        self._changed()

    def _with_own_progress(self, row: Row) -> Row:
        """Keep what this editor's own request said last, which is newer than the list."""
        before = self.row(row.id)
        if row.id in self._pulls and before is not None and before.coming is not None:
            return row._replace(coming=before.coming, standing=Standing.COMING)
        return row

    def _show(self, model: str, progress: Optional[m.Progress]) -> None:
        coming = None
        if progress is not None:
            coming = Coming(progress.stage, progress.fraction, progress.done, progress.total)
        self._keep_pace(model, coming)
        self.rows = tuple(_with(row, coming) if row.id == model else row for row in self.rows)
        self._changed()

    def _keep_pace(self, model: str, coming: Optional[Coming]) -> None:
        if coming is None:
            self._paces.pop(model, None)
        elif coming.stage == "downloading":
            self._paces.setdefault(model, Pace()).note(coming.done, self._clock())

    def _act(self, model: str, message: m.Message, say: Callable[[Any], str] = lambda _: "") -> None:
        """Do something with a model; what went wrong, or what `say` makes of the answer, becomes its note."""
        self.notes.pop(model, None)
        self._working.add(model)

        def done(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._working.discard(model)
            if reply is not None and say(reply):
                self.notes[model] = say(reply)
            self._told(model, error)

        self._backend().request(message, done)
        self._changed()

    def _verified(self, reply: Any) -> str:
        problems = [problem for row in reply.report["models"] for problem in row["problems"]]
        return " ".join(problems) or self._words("Checked: all right.")

    def _told(self, model: str, error: Optional[MaskwrightError]) -> None:
        if error is not None and not isinstance(error, Cancelled):
            self.notes[model] = self._words(error.message)
        self._listing = None  # one that is under way was asked before this happened
        self.refresh()
        self._changed()

    def _doctor(self, message: m.Doctor) -> None:
        def done(reply: Any, error: Optional[MaskwrightError]) -> None:
            self._working.discard("doctor")
            if reply is not None:
                self.report = reply.report
            else:
                self.trouble = error.message if error is not None else ""
            self._changed()

        self._working.add("doctor")
        self._backend().request(message, done)


def _with(row: Row, coming: Optional[Coming]) -> Row:
    if coming is None:
        back = Standing.AVAILABLE if row.standing is Standing.COMING else row.standing
        return row._replace(coming=None, standing=back)
    return row._replace(coming=coming, standing=Standing.COMING)
