# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that could crash, hang or fill the memory is done in a throw-away process, which is asked in JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from maskwright_shared.surroundings import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .progress import Task

COMMAND = (sys.executable, "-I", "-m", "maskwright_backend.store.child")


class HelperFailure(Exception):
    """The process did not answer: `reason` is the end of a sentence, `detail` what it wrote to its error output."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def ask(
    request: dict[str, Any], task: Task, seconds: float, command: Sequence[str] = COMMAND
) -> dict[str, Any]:
    """Return the answer of a fresh process to a request; it is killed after `seconds`, or when the task is cancelled.

    It ends with this process, however that ends.

    Raises:
        HelperFailure: when it crashes, hangs, or answers what is no JSON object.
        Cancelled: when the task was withdrawn.
    """
    with (
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as question,
    ):
        question.write(json.dumps({**request, "parent": os.getpid()}).encode())
        question.seek(0)
        process = subprocess.Popen(
            list(command), stdin=question, stdout=answer, stderr=errors, env=clean_environment()
        )
        try:
            code = _wait(process, task, seconds)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        answer.seek(0)
        errors.seek(0)
        text, complaint = answer.read(), errors.read()[-4000:].decode("utf-8", "replace")
    if code is None:
        raise HelperFailure(f"it did not answer within {seconds:.0f} seconds", complaint)
    if code != 0:
        raise HelperFailure(f"it crashed ({_how(code)})", complaint)
    try:
        found = json.loads(text.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise HelperFailure("it gave no answer", complaint) from error
    if not isinstance(found, dict):
        raise HelperFailure("it gave no answer", complaint)
    return found


def _wait(process: subprocess.Popen[bytes], task: Task, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return None
        task.pause(0.02)
    return process.returncode


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
