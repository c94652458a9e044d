# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers answer: statuses and headers, read with doubt, and whether another try is worth it."""

from __future__ import annotations

import http.client
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from .refusals import failed

if TYPE_CHECKING:
    import urllib.error

LONGEST_WAIT = 60.0
"""A server that asks for more patience than this is asked again by the user, not by the program."""

SHORTER = 416
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class Broken(Exception):
    """The connection ended early or the server had no time: try again after `wait` seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Unreached(Broken):
    """No connection came about at all."""


def refusal(error: urllib.error.HTTPError, name: str, url: str) -> Exception:
    """Return what a status of 300 and above, which was not followed, means for the file `name` at `url`.

    That is Broken where it is worth another try, else an error with a sentence.
    """
    url, code = error.url or url, error.code
    if code == SHORTER:
        return Broken("the server has a shorter file", 0.0)
    if code in (429, 503):
        wait = retry_after(error.headers.get("Retry-After"))
        if wait is None or wait <= LONGEST_WAIT:
            return Broken("the server has too much to do", wait)
        return failed(f"The server asks to be left alone for {_spoken(wait)}: pull again after that.")
    if code in (408, 425, 500, 502, 504):
        return Broken(f"the server answers {code}")
    sentences = {
        404: f"{name} is not there any more ({url} answers 404): try --from with another place.",
        410: f"{name} is not there any more ({url} answers 410): try --from with another place.",
        401: f"The server wants a login for {name} ({url} answers 401): download it in your browser "
        "and use import.",
        403: f"The server does not give {name} to everyone ({url} answers 403): download it in your browser "
        "and use import, or try --from with another place.",
        407: "The proxy wants a login: put name and password into https_proxy.",
        451: f"{name} is withheld by law where you are ({url} answers 451).",
    }  # fmt: skip
    if 300 <= code < 400:
        return failed(f"{url} sends on in a circle, or away from the web: try --from with another place.")
    return failed(sentences.get(code, f"The server does not send {name} ({url} answers {code})."))


def content_range(text: str | None) -> tuple[int | None, int | None]:
    """Return the first byte and the whole size that a Content-Range header names, None for what it does not."""
    match = _RANGE.fullmatch(text or "")
    return (whole(match[1]), whole(match[3])) if match else (None, None)


def whole(text: str | None) -> int | None:
    """Return the number that a header holds, None for anything else (also for digits without end)."""
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


def retry_after(text: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, None when it is absent or not understood."""
    if text is None:
        return None
    seconds = whole(text.strip())
    if seconds is not None:
        return float(seconds)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def why(error: object) -> str:
    """Return what an error of the network's means, for the middle of a sentence."""
    if isinstance(error, TimeoutError):
        return "the server fell silent"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection ended early" if isinstance(error, http.client.HTTPException) else str(error)
