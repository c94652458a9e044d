# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright models list|show`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from maskwright_shared.errors import ModelError
from maskwright_shared.messages import ModelsList


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-commands."""
    parser = commands.add_parser("models", help="look at the models")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the models and their licences")
    listing.add_argument("--json", action="store_true", help="as JSON, with all that the cards say")
    listing.set_defaults(run=_list)
    show = actions.add_parser("show", help="the whole card of one model")
    show.add_argument("model", metavar="ID")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_show)


def _models() -> tuple[str, list[dict[str, Any]]]:
    from .reach import reach  # noqa: PLC0415

    with reach() as client:
        reply = client.request(ModelsList(), timeout=60)
    return reply.default_model, list(reply.models)


def _list(arguments: argparse.Namespace) -> int:
    default, models = _models()
    if arguments.json:
        print(json.dumps(models, indent=2))
        return 0
    rows = [("", "ID", "STATE", "LICENCE", "NAME")]
    for model in models:
        mark = "*" if model["id"] == default else ""
        rows.append((mark, model["id"], model["state"], model["licence"], model["reason"] or model["name"]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print("* is used when no model is named.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    _, models = _models()
    model = next((model for model in models if model["id"] == arguments.model), None)
    if model is None:
        known = ", ".join(model["id"] for model in models)
        raise ModelError("model.unknown", f"There is no model '{arguments.model}'; there are: {known}.")
    if arguments.json:
        print(json.dumps(model, indent=2))
        return 0
    for name, value in model.items():
        if value not in ("", [], {}, None):
            _print_field(name.replace("_", " "), value)
    return 0


def _print_field(name: str, value: Any) -> None:
    if isinstance(value, list):
        print(f"{name}:")
        for item in value:
            print(f"  - {item}")
    elif isinstance(value, dict):
        print(f"{name}:")
        for key, item in value.items():
            print(
                f"  {key}: {item if not isinstance(item, dict) else ', '.join(f'{k} {v}' for k, v in item.items())}"
            )
    else:
        print(f"{name}: {value}")
