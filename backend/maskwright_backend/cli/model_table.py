# SPDX-License-Identifier: GPL-3.0-or-later
"""How models, their cards, their figures and the execution providers look on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD = ("", "ID", "STATE", "SIZE", "LICENCE", "IMAGE", "CLICK", "GOOD FOR")
FIRST = (
    "id", "name", "state", "summary", "good_for", "obtain", "family", "parameters", "size_mb", "download_mb",
    "measured", "expected_speed", "licence", "licence_url", "restrictions", "licence_accepted", "training_data",
    "training_data_licences", "osaid", "mof", "limits", "paper", "source",
)  # fmt: skip
"""The order in which a card is read; what it says beyond follows."""

LABELS = {
    "obtain": "how to get it",
    "size_mb": "size in MB",
    "download_mb": "to download, in MB",
    "osaid": "class by OSAID 1.0 (Open Source AI Definition)",
    "mof": "class by MOF (Model Openness Framework)",
    "checkpoint": "weights",
}
"""What a field is called where its name would not say it."""

NEEDED = {
    "cuda": "put onnxruntime-gpu in the place of onnxruntime in the backend's environment",
    "directml": "put onnxruntime-directml in the place of onnxruntime in the backend's environment",
    "coreml": "choose another with --use, since only the onnxruntime for macOS has it",
    "openvino": "put onnxruntime-openvino in the place of onnxruntime in the backend's environment",
}
"""What to do about an execution provider that was chosen and is absent."""

HIDDEN = ("details", "rank", "builtin", "also_known_as")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines)


def model_rows(models: Sequence[Mapping[str, Any]], default: str) -> list[tuple[str, ...]]:
    """Return the table's cells, the head first."""
    return [HEAD, *(_row(model, default) for model in models)]


def _row(model: Mapping[str, Any], default: str) -> tuple[str, ...]:
    measured = model.get("measured") or {}
    details = model.get("details") or {}
    restricted = "*" if details.get("restrictions") else ""
    return (
        ">" if model["id"] == default else "",
        model["id"],
        model["state"],
        megabytes(model.get("size_mb")),
        (model["licence"] or "unknown") + restricted,
        milliseconds(measured.get("encoder_ms")),
        milliseconds(measured.get("click_ms")),
        _short(model["reason"] or details.get("good_for") or model.get("summary") or model["name"]),
    )


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else text[: most - 3].rsplit(" ", 1)[0] + " ..."


def megabytes(value: Any) -> str:
    """Return a size for people, a dash while it is unknown."""
    if not isinstance(value, (int, float)):
        return "-"
    return f"{value:.0f} MB" if value >= 1 else f"{value * 1000:.0f} KB"


def milliseconds(value: Any) -> str:
    """Return a time for people, a dash while nothing ran."""
    if not isinstance(value, (int, float)):
        return "-"
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def card_lines(model: Mapping[str, Any]) -> list[str]:
    """Return the whole card, the figures and the state of one model, a line each; what is empty is left out."""
    fields = {**model, **(model.get("details") or {})}
    fields["hashes"] = _about_hashes(fields)
    names = [*FIRST, *(name for name in fields if name not in FIRST and name not in HIDDEN)]
    lines: list[str] = []
    for name in names:
        if fields.get(name) not in (None, "", [], (), {}, False):
            lines += _field(LABELS.get(name, name.replace("_", " ")), fields[name])
    return lines


def _about_hashes(fields: Mapping[str, Any]) -> str:
    """Return what becomes of hashes that nobody publishes, empty when all are known or the files are the user's own."""
    unknown = [name for name, file in (fields.get("files") or {}).items() if not file.get("sha256")]
    if not unknown:
        return ""
    if fields.get("package"):
        return "the package is compared with its SHA-256; those of the files inside are noted when it is installed"
    if fields.get("addresses"):
        return f"SHA-256 of {', '.join(unknown)}: not published, pinned when it is first downloaded"
    return ""


def _field(name: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [f"{name}:", *(f"  - {item}" for item in value)]
    if isinstance(value, dict):
        return [f"{name}:", *(f"  {key}: {_flat(item)}" for key, item in value.items())]
    return [f"{name}: {'yes' if value is True else value}"]


def _flat(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    return ", ".join(f"{key} {'unknown' if value is None else value}" for key, value in item.items())


def bench_lines(report: Mapping[str, Any]) -> list[str]:
    """Return what `bench` measured, and the model for each kind of patience."""
    rows: list[tuple[str, ...]] = [("ID", "IMAGE", "CLICK", "LOADING", "MEMORY", "RAN ON")]
    for found in report["models"]:
        if "error" in found:
            rows.append((found["id"], "-", "-", "-", "-", found["error"]))
            continue
        load = milliseconds(1000 * found["load_s"])
        memory = megabytes(found.get("memory_mb"))
        rows.append((found["id"], milliseconds(found["encoder_ms"]), milliseconds(found["click_ms"]), load, memory,
                     found["provider"]))  # fmt: skip
    words = {
        "quick": "no patience (1 s an image)",
        "normal": "some patience (4 s)",
        "patient": "any patience",
    }
    told = [f"With {words[kind]}: {name}" for kind, name in report["recommended"].items()]
    return [table(rows), *told]


def provider_lines(report: Mapping[str, Any]) -> list[str]:
    """Return the execution providers with their states and the reasons, and the models that are set aside."""
    rows: list[tuple[str, ...]] = [("", "NAME", "STATE", "REASON")]
    for row in report["providers"]:
        reasons = [
            f"{model}: {note['reason']}" for model, note in row["models"].items() if note.get("reason")
        ]
        mark = ">" if row["name"] == report["chosen"] else ""
        rows.append((mark, row["name"], row["state"], "; ".join(reasons)))
    return [table(rows), *_about_choice(report), *report.get("set_aside", {}).values()]


def _about_choice(report: Mapping[str, Any]) -> list[str]:
    """Return what the choice of a provider means where the table does not show it."""
    chosen = report["chosen"]
    if chosen == "auto":
        return ["'auto' is chosen: the first of these that is fine, else the CPU."]
    if chosen in (row["name"] for row in report["providers"] if row["state"] == "absent"):
        return [f"'{chosen}' is chosen but absent, so the CPU runs: {NEEDED[chosen]}."]
    return []
