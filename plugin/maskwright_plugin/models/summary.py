# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside the list of models about the one that is chosen there, and about the computer."""

from __future__ import annotations

import html
from typing import Any, List, Mapping, Sequence, Tuple

from .details import size_line, standing_line, time_line
from .facts import Row, Standing
from .words import Words, duration, size

FILE_KINDS = ("*.dtmodel", "*.zip", "*.onnx", "*.pth", "*.pt", "*.safetensors")
"""What *From a file* offers; a folder is chosen by itself."""


def summary(row: Row, words: Words) -> List[Tuple[str, str]]:
    """Return label and text of what a painter wants to know first."""
    lines = [(words("State"), standing_line(row, words))]
    if row.good_for:
        lines.insert(0, (words("Good for"), words(row.good_for)))
    if row.standing is Standing.AVAILABLE and row.reason:
        lines.append((words("Last try"), words(row.reason)))
    if row.standing is Standing.ELSEWHERE and row.obtain:
        lines.append((words("How to get it"), words(row.obtain)))
    lines += [
        (words("Size"), size_line(row, words)),
        (words("Time"), time_line(row, words)),
        (words("Licence of the weights"), row.licence or words("unknown")),
        (words("Trained on"), row.training_data or words("unknown")),
    ]
    if row.restrictions:
        lines.append((words("What that restricts"), "\n".join(words(text) for text in row.restrictions)))
    return lines


def cells(row: Row, words: Words) -> Tuple[str, str, str, str]:
    """Return what the list shows of a model: name, state, download, and the time for an image."""
    state = {
        Standing.INSTALLED: words("Default") if row.is_default else words("Installed"),
        Standing.COMING: words("Coming"),
        Standing.AVAILABLE: words("To be had"),
        Standing.ELSEWHERE: words("From elsewhere"),
        Standing.DAMAGED: words("Damaged"),
        Standing.QUARANTINED: words("Not trusted"),
    }[row.standing]
    if row.coming is not None and row.coming.fraction is not None and row.coming.stage == "downloading":
        state = f"{int(row.coming.fraction * 100)} %"
    amount = "" if row.is_builtin else size(row.download if not row.is_usable else row.disk)
    seconds = "" if row.image_seconds is None else duration(row.image_seconds)
    time = seconds if row.measured or not seconds else words("about {0}", seconds)
    return row.name, state, amount, time


def markup(lines: Sequence[Tuple[str, str]]) -> str:
    """Return labelled lines in the few tags that Qt and Pango both know; line breaks are plain."""
    return "\n\n".join(f"<b>{html.escape(label)}</b>\n{html.escape(text)}" for label, text in lines)


def computer_lines(report: Mapping[str, Any], words: Words) -> List[str]:
    """Return what doctor says of the computer, in sentences."""
    computer = report.get("computer")
    if not isinstance(computer, Mapping):
        return []
    memory = computer.get("memory_mb")
    known = size(memory * 1e6) if isinstance(memory, (int, float)) else words("unknown")
    cards = ", ".join(str(name) for name in computer.get("graphics", ())) or words(
        "none that the system tells of"
    )
    return [
        words("Memory: {0}. Processors: {1}.", known, computer.get("processors")),
        words("Graphics cards: {0}.", cards),
        words("ONNX Runtime {0} runs the models.", computer.get("onnxruntime")),
    ]


def provider_cells(report: Mapping[str, Any], words: Words) -> List[Tuple[str, str, str, str]]:
    """Return for each execution provider its short name, its name for people, its state, and what there is to say."""
    states = {
        "fine": words("works"),
        "untried": words("not tried yet"),
        "quarantined": words("Not trusted"),
        "absent": words("not installed"),
    }
    rows = []
    for provider in report.get("providers", ()):
        name = str(provider.get("name"))
        state = states.get(str(provider.get("state")), str(provider.get("state")))
        mark = words("{0}, in use", state) if name == report.get("chosen") else state
        rows.append((name, _NAMES.get(name, name), mark, _remark(provider, words)))
    return rows


_NAMES = {
    "cpu": "CPU",
    "cuda": "NVIDIA (CUDA)",
    "directml": "DirectML",
    "coreml": "Core ML",
    "openvino": "OpenVINO",
}


def _remark(provider: Mapping[str, Any], words: Words) -> str:
    reasons = [str(note["reason"]) for note in provider.get("models", {}).values() if note.get("reason")]
    if reasons:
        return "; ".join(reasons)
    if provider.get("state") != "absent":
        return ""
    package = provider.get("package")
    return words("needs the package {0}", package) if package else words("not for this computer")
