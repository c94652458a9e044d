# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that needs turns of Krita's event loop, written as a generator: each `yield` is milliseconds to wait."""

from __future__ import annotations

import logging
import time
from typing import Callable, Generator

from maskwright_plugin.host import Finished, HostError

from ..qt import QtCore

log = logging.getLogger("maskwright")

Steps = Generator[int, None, None]


def run_steps(steps: Steps, finished: Finished) -> None:
    """Run the generator turn by turn, then call `finished` with None or the error that ended it."""
    try:
        wait = next(steps)
    except StopIteration:
        finished(None)
    except HostError as error:
        finished(error)
    except Exception as error:
        log.exception("writing into Krita failed")
        finished(HostError(f"Krita could not take the mask ({error})."))
    else:
        QtCore.QTimer.singleShot(wait, lambda: run_steps(steps, finished))


def until(condition: Callable[[], bool], seconds: float, otherwise: str) -> Steps:
    """Wait until the condition holds, or raise HostError with the sentence."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise HostError(otherwise)
        yield 10


TURN = 0
"""One real turn of the event loop; processEvents() is not enough on Krita 5.2."""

__all__ = ["TURN", "Steps", "run_steps", "until"]
