# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright daemon run|start|stop|status`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.places import find_places

from ..settings import Settings


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-commands."""
    parser = commands.add_parser("daemon", help="run, start, stop or look at the background process")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (
        ("run", _run, "serve in this process until stopped (a second one ends at once)"),
        ("start", _start, "start it in the background, unless it runs already"),
        ("stop", _stop, "stop it"),
        ("status", _status, "say what it holds and does"),
    ):
        action = actions.add_parser(name, help=text)
        action.set_defaults(run=run)
        if name == "status":
            action.add_argument("--json", action="store_true", help="as JSON")


def _run(_: argparse.Namespace) -> int:
    from ..server.daemon import run_daemon  # noqa: PLC0415 - only this command needs ZeroMQ

    try:
        settings = Settings.from_environment()
    except ValueError as error:
        raise MaskwrightError("request.settings", str(error)) from error
    run_daemon(find_places(), settings)
    return 0


def _start(_: argparse.Namespace) -> int:
    from .reach import reach  # noqa: PLC0415

    with reach() as client:
        print(f"The daemon {client.welcome.version} runs as process {client.welcome.pid}.")
    return 0


def _stop(_: argparse.Namespace) -> int:
    from maskwright_shared.launcher import stop_daemon  # noqa: PLC0415

    from .reach import NAME, installation  # noqa: PLC0415

    stopped = stop_daemon(installation(), NAME)
    print("The daemon has stopped." if stopped else "The daemon was not running.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from maskwright_shared.messages import Status  # noqa: PLC0415

    from .reach import reach  # noqa: PLC0415

    with reach(start=False) as client:
        report = client.request(Status(), timeout=10).report
    if arguments.json:
        json.dump(report, sys.stdout, indent=2)
        print()
        return 0
    for name, value in report.items():
        print(f"{name.replace('_', ' '):18} {_readable(name, value)}")
    return 0


def _readable(name: str, value: Any) -> str:
    if name.endswith("_bytes"):
        return f"{value / 1e6:.1f} MB"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)
