# SPDX-License-Identifier: GPL-3.0-or-later
"""Running another program from inside an editor: in a clean environment, watched, and stoppable."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Callable, Iterator, List, Mapping, Optional, Sequence, cast

from maskwright_shared.surroundings import clean_environment

from .problems import CommandFailed
from .task import Task

_TICK = 0.1
"""Seconds between two looks at whether the user has cancelled."""
_FLAGS = 0x08000000 if sys.platform == "win32" else 0
"""No console window flashes up on Windows (CREATE_NO_WINDOW)."""


def run(
    command: Sequence[str],
    task: Task,
    *,
    on_line: Optional[Callable[[str], None]] = None,
    extra: Optional[Mapping[str, str]] = None,
) -> str:
    """Run `command` to its end and return what it printed; `on_line` gets each line as it comes.

    Raises:
        CommandFailed: it ended with an error, or could not be started.
        SetupCancelled: the user stopped it; the program and its children are gone.
    """
    task.check()
    task.log("$ " + " ".join(command))
    process = _start(command, extra or {}, task.held)
    lines: List[str] = []
    try:
        for line in _watched(process, task):
            lines.append(line)
            task.log(line)
            if on_line is not None:
                on_line(line)
    except BaseException:
        _end(process)
        raise
    if process.wait() != 0:
        raise CommandFailed(Path(command[0]).name, process.returncode, "\n".join(lines))
    return "\n".join(lines)


def answer(command: Sequence[str], seconds: float = 20) -> str:
    """Return what a short command prints; empty when it fails, is missing, or takes longer than `seconds`."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            timeout=seconds,
            check=True,
            creationflags=_FLAGS,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _start(command: Sequence[str], extra: Mapping[str, str], held: Sequence[int]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**clean_environment(), **extra},
            start_new_session=True,
            pass_fds=() if sys.platform == "win32" else held,
            creationflags=_FLAGS,
        )
    except OSError as error:
        raise CommandFailed(Path(command[0]).name, -1, str(error)) from error


def _watched(process: subprocess.Popen[bytes], task: Task) -> Iterator[str]:
    """Yield the program's lines until it closes its output, looking at the task in between."""
    lines: queue.Queue[Optional[str]] = queue.Queue()
    output = cast("IO[bytes]", process.stdout)  # a pipe, as it was started
    threading.Thread(target=_read, args=(output, lines), daemon=True).start()
    while True:
        task.check()
        try:
            line = lines.get(timeout=_TICK)
        except queue.Empty:
            continue
        if line is None:
            return
        yield line


def _read(output: IO[bytes], lines: queue.Queue[Optional[str]]) -> None:
    with output:
        for line in output:
            lines.put(line.decode("utf-8", "replace").rstrip())
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started."""
    if sys.platform == "win32":
        answer(["taskkill", "/F", "/T", "/PID", str(process.pid)])
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
