# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `maskwright` in the home's folder `bin`: it starts the backend's interpreter for this home."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Optional

from maskwright_shared.installation import Installation, note_of

from .problems import explained_os

_MARK = "Maskwright's command line. Made by its setup."


def command_path(home: Path) -> Path:
    """Return where the command of an installation lies."""
    return home / "bin" / ("maskwright.cmd" if sys.platform == "win32" else "maskwright")


def write_command(installation: Installation) -> Path:
    """Write the command and return its path."""
    path = command_path(installation.places.home)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(
            _batch(installation) if sys.platform == "win32" else _script(installation), "utf-8"
        )
        temporary.chmod(0o755)
        temporary.replace(path)
    except OSError as error:
        raise explained_os(error, f"write {path}") from error
    return path


def remove_command(home: Path) -> Optional[Path]:
    """Remove the command if it is Maskwright's; return its path if it was there."""
    path = command_path(home)
    if not path.is_file() or _MARK not in path.read_text("utf-8", "replace"):
        return None
    path.unlink()
    if not any(path.parent.iterdir()):
        path.parent.rmdir()
    return path


def _script(installation: Installation) -> str:
    """Return a shell script; the folders that are the default ones are not named, so that they stay the default."""
    note = note_of(installation)
    named = {"MASKWRIGHT_HOME": note.home, "MASKWRIGHT_RUNTIME": note.runtime}
    lines = [f"export {name}=${{{name}:-{shlex.quote(value)}}}" for name, value in named.items() if value]
    start = f'exec {shlex.quote(str(installation.python))} -I -m maskwright_backend "$@"'
    return "\n".join(["#!/bin/sh", f"# {_MARK}", *lines, start, ""])


def _batch(installation: Installation) -> str:
    note = note_of(installation)
    named = {"MASKWRIGHT_HOME": note.home, "MASKWRIGHT_RUNTIME": note.runtime}
    lines = [f'if not defined {name} set "{name}={value}"' for name, value in named.items() if value]
    start = f'"{installation.python}" -I -m maskwright_backend %*'
    return "\r\n".join(["@echo off", f"rem {_MARK}", "setlocal", *lines, start, ""])
