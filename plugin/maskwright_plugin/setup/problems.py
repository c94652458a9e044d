# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong while Maskwright is set up, each as one sentence that says what to do.

SetupError          the sentence, and the output behind it for the log
├── CommandFailed   a program ended with an error; `explained` turns its output into a sentence
└── SetupCancelled  the user stopped it: what was half made is repaired by the next run
"""

from __future__ import annotations

import errno
import re
from typing import NamedTuple, Pattern, Tuple


class SetupError(Exception):
    """One sentence for the user, and the detail for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class SetupCancelled(SetupError):
    """Stopped by the user."""

    def __init__(self) -> None:
        super().__init__("The setup was cancelled: start it again to finish it.")


class CommandFailed(SetupError):
    """A program that was run ended with an error; `detail` is all that it printed."""

    def __init__(self, program: str, code: int, output: str) -> None:
        super().__init__(f"{program} ended with code {code}.", output)
        self.program = program
        self.code = code


NO_NETWORK = "The package index cannot be reached: check the network connection, then start the setup again."
DISK_FULL = "The disk is full: free about 1 GB, then start the setup again."


class _Sign(NamedTuple):
    """What a known failure prints, and the sentence for it; `{0}` is what the pattern's first group caught."""

    pattern: Pattern[str]
    sentence: str


def _sign(pattern: str, sentence: str) -> _Sign:
    return _Sign(re.compile(pattern, re.IGNORECASE), sentence)


_SIGNS: Tuple[_Sign, ...] = (
    _sign(r"no space left on device|errno 28\b|not enough space on the disk|disk quota exceeded", DISK_FULL),
    _sign(
        r"certificate.verify.failed|invalid peer certificate|tlsv1 alert|sslerror",
        "The package index's certificate is not trusted: behind a company's proxy, set PIP_CERT to its "
        "certificate file, then start the setup again.",
    ),
    _sign(
        r"407 proxy authentication",
        "The proxy asks for a name and a password: put them into HTTPS_PROXY, then start the setup again.",
    ),
    _sign(
        r"\b(?:401|403) (?:client )?error|authentication required",
        "The package index refuses the login: check the index settings of pip, then start the setup again.",
    ),
    _sign(
        r"name resolution|getaddrinfo|dns error|max retries exceeded|newconnectionerror|connection refused"
        r"|connection reset|connecttimeout|read timed out|network is unreachable|cannot connect to proxy"
        r"|error sending request|remotedisconnected|connection broken",
        NO_NETWORK,
    ),
    _sign(
        r"do not match the hashes",
        "A downloaded package is damaged: start the setup again, and if it stays so, ask who runs the package index.",
    ),
    _sign(
        r"no matching distribution found for ([^\s(]+)",
        "The package index has no {0} for this Python on this system: install Python 3.12, then start the setup again.",
    ),
    _sign(
        r"permission denied: '([^']+)'|permissionerror.*?'([^']+)'",
        "{0} cannot be written: make it yours, or set MASKWRIGHT_HOME to a folder that is.",
    ),
    _sign(
        r"no module named '?(?:ensurepip|venv)|ensurepip is not available",
        "This Python has no venv module: install it (on Debian and Ubuntu: sudo apt install python3-venv), "
        "then start the setup again.",
    ),
)


def explained(failure: CommandFailed) -> SetupError:
    """Return the failure with the sentence that its output calls for."""
    for sign in _SIGNS:
        match = sign.pattern.search(failure.detail)
        if match:
            caught = next((group for group in match.groups() if group), "")
            return SetupError(sign.sentence.format(caught), failure.detail)
    return SetupError(
        f"{failure.program} failed ({_last_words(failure.detail)}): the setup log has the rest.",
        failure.detail,
    )


def _last_words(output: str) -> str:
    """Return the line that most likely says why: the last one that speaks of an error, or the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()] or lines or ["it said nothing"]
    return telling[-1][:200]


def explained_os(error: OSError, doing: str) -> SetupError:
    """Return the sentence for an operating system's error met while `doing` (as in "make the folder X")."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SetupError(DISK_FULL, str(error))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SetupError(
            f"Not allowed to {doing}: make the folder yours, or set MASKWRIGHT_HOME to one that is.",
            str(error),
        )
    return SetupError(
        f"Could not {doing} ({error.strerror or error}): mend that, then start the setup again.", str(error)
    )
