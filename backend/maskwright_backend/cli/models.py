# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright models`: list, show, pull, import, export, verify, remove, default, bench, doctor."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from maskwright_shared import messages as m
from maskwright_shared.errors import ModelError

from . import export, model_table
from .progress import ProgressBar


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-commands."""
    parser = commands.add_parser("models", help="choose, get and check models")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_looking(actions)
    _add_getting(actions)
    _add_keeping(actions)
    _add_measuring(actions)
    export.add_to(actions)


def add_doctor_to(commands: Any) -> None:
    """Add `doctor` as a command of its own; it is the same as `models doctor`."""
    _add_doctor(commands)


def _add_looking(actions: Any) -> None:
    listing = actions.add_parser("list", help="the models, with size, licence and speed here")
    listing.add_argument("--installed", action="store_true", help="only those that are installed")
    listing.add_argument("--json", action="store_true", help="as JSON, with all that the cards say")
    listing.set_defaults(run=_list)
    show = actions.add_parser("show", help="the whole card of one model")
    show.add_argument("model", metavar="ID")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_show)


def _add_getting(actions: Any) -> None:
    pull = actions.add_parser("pull", help="download a model")
    pull.add_argument("model", metavar="ID")
    pull.add_argument(
        "--from", dest="source", metavar="URL-OR-FOLDER", default="", help="get it from there instead"
    )
    pull.add_argument(
        "--accept", action="store_true", help="accept what its licences restrict, without being asked"
    )
    pull.set_defaults(run=_pull)
    bring = actions.add_parser("import", help="install a model from this disk")
    bring.add_argument(
        "paths", metavar="PATH", nargs="+", help="a folder, a .dtmodel, a zip, or two ONNX files"
    )
    bring.add_argument("--link", action="store_true", help="leave the files where they are")
    bring.add_argument("--id", dest="model", default="", help="the name it gets here")
    bring.set_defaults(run=_import)


def _add_keeping(actions: Any) -> None:
    verify = actions.add_parser("verify", help="compare installed files with their cards")
    verify.add_argument("model", metavar="ID", nargs="?", default="", help="all when left out")
    verify.set_defaults(run=_verify)
    remove = actions.add_parser("remove", help="remove a model from this disk")
    remove.add_argument("model", metavar="ID")
    remove.set_defaults(run=_remove)
    default = actions.add_parser("default", help="say or choose which model is used when none is named")
    default.add_argument("model", metavar="ID", nargs="?", default="")
    default.set_defaults(run=_default)


def _add_measuring(actions: Any) -> None:
    bench = actions.add_parser("bench", help="measure the installed models on this machine")
    bench.add_argument("model", metavar="ID", nargs="?", default="", help="all when left out")
    bench.add_argument("--json", action="store_true", help="as JSON")
    bench.set_defaults(run=_bench)
    _add_doctor(actions)


def _add_doctor(actions: Any) -> None:
    doctor = actions.add_parser(
        "doctor", help="the execution providers (graphics cards) and what is wrong with them"
    )
    doctor.add_argument(
        "--use", metavar="NAME", default="", help="cpu, auto, cuda, directml, coreml or openvino"
    )
    doctor.add_argument("--probe", action="store_true", help="try each one now, in a process of its own")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(run=_doctor)


def _ask(message: m.Message) -> Any:
    """Return the daemon's reply, with a progress bar while it works; an interrupt withdraws the request."""
    from .reach import reach  # noqa: PLC0415

    with reach() as client, ProgressBar() as bar:
        return client.request(message, progress=bar.show)


def _models(*, available: bool = True) -> tuple[str, list[dict[str, Any]]]:
    reply = _ask(m.ModelsList(available=available))
    return reply.default_model, list(reply.models)


def _list(arguments: argparse.Namespace) -> int:
    default, models = _models(available=not arguments.installed)
    if arguments.json:
        print(json.dumps(models, indent=2))
        return 0
    print(model_table.table(model_table.model_rows(models, default)))
    print("> is used when no model is named. * what it was trained on has terms of its own.")
    if not arguments.installed:
        print(
            "available: 'maskwright models pull ID' gets it. "
            "to be exported: 'maskwright models show ID' says how, as it says all else of a model."
        )
    print(
        "IMAGE and CLICK are this machine's own times, once a model has run: 'maskwright models bench' measures."
    )
    return 0


def _show(arguments: argparse.Namespace) -> int:
    _, models = _models()
    model = next((model for model in models if model["id"] == arguments.model), None)
    if model is None:
        known = ", ".join(model["id"] for model in models)
        raise ModelError("model.unknown", f"There is no model '{arguments.model}'; there are: {known}.")
    print(json.dumps(model, indent=2) if arguments.json else "\n".join(model_table.card_lines(model)))
    return 0


def _pull(arguments: argparse.Namespace) -> int:
    from ..store.network import VARIABLES  # noqa: PLC0415 - only this command needs the network's modules

    source = arguments.source
    if source and "://" not in source:
        source = str(Path(source).expanduser().absolute())
    environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}

    def pull(*, accept: bool) -> Any:
        return _ask(m.ModelPull(arguments.model, source, accept, environment))

    try:
        reply = pull(accept=arguments.accept)
    except ModelError as error:
        if error.code != "model.licence" or not _agreed(error.message):
            raise
        reply = pull(accept=True)
    return _say_installed(reply.report)


def _agreed(restrictions: str) -> bool:
    """Ask on a terminal whether the user accepts; nobody is asked in a script."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(restrictions, file=sys.stderr)
    print("Accept and download? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _import(arguments: argparse.Namespace) -> int:
    paths = tuple(str(Path(path).expanduser().absolute()) for path in arguments.paths[:3])
    if len(paths) > 2:
        raise ModelError("model.refused", "Import one folder or package, or two ONNX files.")
    return _say_installed(_ask(m.ModelImport(paths, arguments.link, arguments.model)).report)


def _say_installed(report: dict[str, Any]) -> int:
    if report.get("already"):
        print(f"{report['model']} is installed already.")
        return 0
    licence = report["card"]["licence"]
    print(f"{report['model']} is installed. Licence of the weights: {licence or 'unknown'}.")
    if report["card"]["details"].get("restrictions"):
        print(f"What it was trained on has terms of its own: see 'maskwright models show {report['model']}'.")
    if report.get("pinned"):
        print("Nobody publishes the SHA-256 of its files: they are pinned to what came now.")
    print(
        f"Use it with --model {report['model']}, or for good with 'maskwright models default {report['model']}'."
    )
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    rows = _ask(m.ModelVerify(arguments.model)).report["models"]
    for row in rows:
        for problem in row["problems"]:
            print(f"{row['id']}: {problem}")
        if row["ok"]:
            note = f" (unknown hash: {', '.join(row['unknown'])})" if row["unknown"] else ""
            print(f"{row['id']}: all right{note}")
    return 0 if all(row["ok"] for row in rows) else 4


def _remove(arguments: argparse.Namespace) -> int:
    _ask(m.ModelRemove(arguments.model))
    print(f"{arguments.model} was removed.")
    return 0


def _default(arguments: argparse.Namespace) -> int:
    if arguments.model:
        _ask(m.ModelDefault(arguments.model))
    print(_models(available=False)[0])
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    report = _ask(m.ModelBench(arguments.model)).report
    print(json.dumps(report, indent=2) if arguments.json else "\n".join(model_table.bench_lines(report)))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    report = _ask(m.Doctor(arguments.use, arguments.probe)).report
    print(json.dumps(report, indent=2) if arguments.json else "\n".join(model_table.provider_lines(report)))
    return 0
