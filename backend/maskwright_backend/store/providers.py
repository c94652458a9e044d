# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution providers other than the CPU: each is tried in a throw-away process before a model runs on it.

The CPU is used unless the user chose otherwise. A provider that crashes, hangs or gives a wrong mask is
quarantined for that model and that ONNX Runtime, with the reason, and the CPU takes its place.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError, RequestError

from ..models.runtime import onnx_runtime
from ..preferences import read_json, write_json
from .computer import package_for
from .helper import COMMAND, HelperFailure, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ..models.model import Model
    from .progress import Task

CPU = "CPUExecutionProvider"
KNOWN = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
"""Short names for people, and ONNX Runtime's; the order in which "auto" prefers them."""

CHOICES = ("cpu", "auto", *KNOWN)
PROBE_SECONDS = 180.0
LEAST_IOU = 0.98
"""Less agreement with the CPU's mask of the known image than this is a wrong mask, not another rounding."""


def _offered() -> tuple[str, tuple[str, ...]]:
    """Return ONNX Runtime's version and the providers that the installed one has."""
    onnxruntime = onnx_runtime()
    return str(onnxruntime.__version__), tuple(onnxruntime.get_available_providers())


class Providers:
    """What is known of the providers, in `providers.json` of the home folder; one lane at a time probes."""

    def __init__(
        self,
        home: Path,
        offered: Callable[[], tuple[str, tuple[str, ...]]] = _offered,
        command: Sequence[str] = COMMAND,
        seconds: float = PROBE_SECONDS,
    ) -> None:
        self._path = home / "providers.json"
        self._offered = offered
        self._command = command
        self._seconds = seconds
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def choose(self, wanted: str, model: Model, task: Task, threads: int) -> tuple[str, ...]:
        """Return ONNX Runtime's names of the providers for a model, the preferred one first; the CPU is always last.

        A provider that was never tried with this model is tried now.

        Raises:
            Cancelled: when the task was withdrawn.
        """
        for name in KNOWN if wanted == "auto" else (wanted,):
            if name in KNOWN and self.probe(name, model, task, threads)["state"] == "fine":
                return KNOWN[name], CPU
        return (CPU,)

    def probe(
        self, name: str, model: Model, task: Task, threads: int, *, again: bool = False
    ) -> dict[str, Any]:
        """Return what is known of a provider with a model: `state` and `reason`; try it where nothing is."""
        version, offered = self._offered()
        if KNOWN[name] not in offered:
            return {"state": "absent", "reason": "the installed ONNX Runtime does not have it"}
        known = self._notes().get(name, {}).get(model.id)
        if known is not None and known.get("onnxruntime") == version and not again:
            return dict(known)
        with task.turn(self._lock):
            found = self._try(name, model, task, threads)
            found |= {"onnxruntime": version, "when": datetime.now(UTC).isoformat(timespec="seconds")}
            self._note(name, model.id, found)
        return found

    def quarantine(self, name: str, model_id: str, reason: str) -> None:
        """Note that a provider failed with a model although its trial was fine."""
        version, _ = self._offered()
        short = next((short for short, full in KNOWN.items() if full == name), None)
        if short is not None:
            self._note(short, model_id, {"state": "quarantined", "reason": reason, "onnxruntime": version})

    def report(self) -> list[dict[str, Any]]:
        """Return each provider with its state, for `doctor` and status: absent, untried, fine, or quarantined."""
        version, offered = self._offered()
        rows: list[dict[str, Any]] = [{"name": "cpu", "provider": CPU, "state": "fine", "models": {}}]
        for name, full in KNOWN.items():
            notes = {m: n for m, n in self._notes().get(name, {}).items() if n.get("onnxruntime") == version}
            states = {note["state"] for note in notes.values()}
            state = "absent" if full not in offered else "quarantined" if "quarantined" in states else "fine"
            rows.append(
                {"name": name, "provider": full, "state": state if states or state == "absent" else "untried",
                 "package": package_for(name), "models": notes if full in offered else {}}
            )  # fmt: skip
        return rows

    def quarantined(self) -> list[str]:
        """Return a sentence for each quarantine, for a status report; imports nothing heavy."""
        return [
            f"{name} with {model}: {note['reason']}"
            for name, notes in self._notes().items()
            for model, note in notes.items()
            if note.get("state") == "quarantined"
        ]

    def _try(self, name: str, model: Model, task: Task, threads: int) -> dict[str, Any]:
        encoder, decoder = model.paths
        request = {
            "do": "probe", "encoder": str(encoder), "decoder": str(decoder), "family": model.family.name,
            "threads": threads, "provider": KNOWN[name],
        }  # fmt: skip
        task.stage("trying")
        try:
            answer = ask(request, task, self._seconds, self._command)
        except HelperFailure as failure:
            return _quarantined(failure.reason, failure.detail)
        if "error" in answer:
            return _quarantined(f"its trial failed: {answer['error']}", str(answer.get("detail", "")))
        if answer["provider"] != KNOWN[name]:
            return _quarantined(
                "ONNX Runtime did not take it up and ran on the CPU (its libraries may be missing)"
            )
        if answer["iou"] < LEAST_IOU:
            return _quarantined(
                f"its mask of the known image is wrong (IoU {answer['iou']:.3f} with the CPU's)"
            )
        times = {key: answer[key] for key in ("encoder_ms", "cpu_encoder_ms")}
        return {"state": "fine", "reason": "", **times}

    def _notes(self) -> dict[str, Any]:
        """Return what is noted of each provider with each model; a note that says no state counts as none."""
        return {
            name: {model: note for model, note in notes.items() if _is_note(note)}
            for name, notes in read_json(self._path).items()
            if isinstance(notes, dict)
        }

    def _note(self, name: str, model_id: str, found: dict[str, Any]) -> None:
        with self._writing:
            notes = self._notes()
            notes.setdefault(name, {})[model_id] = found
            write_json(self._path, notes)


def _is_note(note: object) -> bool:
    return isinstance(note, dict) and all(isinstance(note.get(name), str) for name in ("state", "reason"))


def checked_choice(name: str) -> str:
    """Return the name of a choice.

    Raises:
        RequestError: `request.provider` when there is no such provider.
    """
    if name not in CHOICES:
        raise RequestError(
            "request.provider", f"There is no provider '{name}': choose one of {', '.join(CHOICES)}."
        )
    return name


def load_failed(error: ModelError) -> str:
    """Return the reason for a quarantine when a model could not be loaded on a provider."""
    return f"the model could not be loaded on it: {error.message} {error.detail}"[:500]


def _quarantined(reason: str, detail: str = "") -> dict[str, Any]:
    return {"state": "quarantined", "reason": reason, "detail": detail[-1000:]}
