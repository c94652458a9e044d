# SPDX-License-Identifier: GPL-3.0-or-later
"""Models whose runs end the daemon's process: noted before they run, set aside after the second time.

ONNX Runtime can abort, a graph can crash it, and the kernel ends a process that takes too much memory: nothing is left
to say so. So the names of the models that run stand in `running.json` of the runtime folder while they do, and a
daemon that finds names there knows what the last one died of. Written in place and never synchronised: what a
process wrote outlives it, and a power cut is no model's fault.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

from ..outside_json import parse, read_plain
from ..preferences import read_json, write_json
from ..settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

ENOUGH = 2
"""So many ends of the daemon set a model aside; one may have had another reason."""

MEMORY = timedelta(days=1)
"""After this time without another end, one counts no more."""

MOST_BYTES = 1 << 20


class Quarantine:
    """The two files of one daemon. Any thread may call it; the built-in model is never set aside."""

    def __init__(self, home: Path, runtime: Path) -> None:
        self._path = home / "quarantine.json"
        self._running_path = runtime / "running.json"
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._file: IO[bytes] | None = None
        self._notes: dict[str, Any] | None = None

    def begin(self) -> None:
        """Note what ran when the last daemon died, and start anew; the caller is the only daemon."""
        ran = _names(self._running_path)
        for name in ran:
            self._note_end(name)
        with contextlib.suppress(OSError):
            self._running_path.unlink()
        try:
            self._file = self._running_path.open("wb", buffering=0)
        except OSError as error:
            log.warning("%s cannot be written, so a crash will not be known: %s", self._running_path, error)

    def end(self) -> None:
        """Forget what runs: this daemon ends by itself."""
        with self._lock:
            self._running.clear()
            self._write()
            if self._file is not None:
                self._file.close()
                self._file = None

    @contextlib.contextmanager
    def running(self, model_id: str) -> Iterator[None]:
        """Have the model named as one that runs."""
        self._count(model_id, 1)
        try:
            yield
        finally:
            self._count(model_id, -1)

    def check(self, model_id: str) -> None:
        """Refuse a model that was set aside.

        Raises:
            ModelError: `model.quarantined`, with the reason and what to do.
        """
        reason = self.reason(model_id)
        if reason:
            raise ModelError("model.quarantined", reason)

    def reason(self, model_id: str) -> str:
        """Return why a model was set aside, in a sentence that says what to do; empty when it was not."""
        note = self._known().get(model_id)
        if not note or note["times"] < ENOUGH:
            return ""
        return (
            f"The model {model_id} is set aside: the daemon ended {note['times']} times while it ran (it crashes, or "
            f"needs more memory than there is). 'maskwright models verify {model_id}' tries it and lifts this, and "
            "so does importing it again."
        )

    def reasons(self) -> dict[str, str]:
        """Return the reason for each model that was set aside."""
        found = {name: self.reason(name) for name in self._known()}
        return {name: reason for name, reason in found.items() if reason}

    def lift(self, model_id: str) -> None:
        """Let a model run again that was tried, replaced or removed."""
        with self._lock:
            notes = self._known()
            if model_id in notes:
                self._notes = {name: note for name, note in notes.items() if name != model_id}
                self._keep()

    def _note_end(self, name: str) -> None:
        if name == DEFAULT_MODEL:
            return
        now = datetime.now(UTC)
        before = self._known().get(name, {"times": 0, "when": ""})
        times = before["times"] if before["times"] >= ENOUGH or _is_recent(before["when"], now) else 0
        log.warning("The last daemon ended while %s ran.", name)
        note = {"times": times + 1, "when": now.isoformat(timespec="seconds")}
        self._notes = {**self._known(), name: note}
        self._keep()

    def _count(self, model_id: str, change: int) -> None:
        with self._lock:
            before = self._running[model_id]
            self._running[model_id] += change
            if not (before and self._running[model_id]):  # the first that begins, or the last that ends
                self._running += Counter()
                self._write()

    def _write(self) -> None:
        """Put the names at the file's beginning, as its first line; what an older, longer one left follows."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.write(json.dumps(sorted(self._running)).encode() + b"\n")

    def _keep(self) -> None:
        try:
            write_json(self._path, self._known())
        except ModelError as error:
            log.warning("%s", error.message)

    def _known(self) -> dict[str, Any]:
        if self._notes is None:
            found = read_json(self._path)
            self._notes = {name: note for name, note in found.items() if _is_note(note)}
        return self._notes


def _names(path: Path) -> list[str]:
    try:
        found = parse(read_plain(path, MOST_BYTES).split(b"\n")[0])
    except (OSError, ValueError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _is_note(note: object) -> bool:
    return isinstance(note, dict) and isinstance(note.get("times"), int) and isinstance(note.get("when"), str)


def _is_recent(when: str, now: datetime) -> bool:
    try:
        return abs(now - datetime.fromisoformat(when)) < MEMORY
    except (ValueError, TypeError):
        return False
