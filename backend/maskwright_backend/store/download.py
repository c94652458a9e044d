# SPDX-License-Identifier: GPL-3.0-or-later
"""One file from an address to the disk: resumed where it broke off, and never taken for what it is not."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import ssl
import urllib.error
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .refusals import failed, no_room, tampered, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .network import Line
    from .progress import Task

CHUNK = 1 << 18
MOST_FAILURES = 5
"""So many broken connections in a row that brought nothing end a download."""
MOST_ATTEMPTS = 200
LONGEST_WAIT = 60.0
"""A server that asks for more patience than this is asked again by the user, not by the program."""
LARGEST = 1 << 36
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Wanted:
    """A file: its address, its name for sentences, and its hash and size as far as they are known."""

    url: str
    name: str
    sha256: str | None = None
    size: int | None = None


class _Broken(Exception):
    """The connection ended early or the server had no time: try again after `wait` seconds."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class _Unreached(_Broken):
    """No connection came about at all."""


class Download:
    """Fetches one file into `part`; what has come stays there until it is whole and right, beside a note of its state.

    `free` returns the free bytes of the disk, `moved(done, total)` is told how far it is.
    """

    def __init__(
        self,
        line: Line,
        wanted: Wanted,
        part: Path,
        task: Task,
        free: Callable[[], int],
        moved: Callable[[int, int | None], None],
    ) -> None:
        self._line, self._wanted, self._part, self._task = line, wanted, part, task
        self._free, self._moved = free, moved
        self._note = part.with_name(part.name + ".json")

    def run(self) -> str:
        """Return the SHA-256 of the file, which then lies in `part`, whole.

        Raises:
            ModelError: `model.download`, `model.tampered` or `model.disk`, each with what to do.
            Cancelled: when the task was withdrawn.
        """
        resumed = self._have() > 0
        self._fetch()
        digest = self._digest()
        if self._wanted.sha256 in (None, digest):
            return digest
        self._forget()
        if resumed:  # what lay there from before may have been spoiled: once more from the start
            return self.run()
        raise tampered(
            f"{self._wanted.name} from {self._wanted.url} is not the published file (its SHA-256 is another): "
            "it was thrown away. Try again later, or from another place with --from.",
            f"expected {self._wanted.sha256}, got {digest}",
        )

    def _fetch(self) -> None:
        failures, attempts = 0, 0
        while True:
            before = self._have()
            try:
                self._attempt()
            except _Broken as broken:
                failures = 0 if self._have() >= before + CHUNK else failures + 1
                attempts += 1
                if failures >= MOST_FAILURES or attempts >= MOST_ATTEMPTS:
                    raise failed(self._given_up(broken)) from broken
                self._task.stage("waiting")
                self._task.pause(0.25 * 2**failures if broken.wait is None else broken.wait)
            else:
                return

    def _given_up(self, broken: _Broken) -> str:
        """Return the sentence for the last of too many failures; only what had begun can break off and go on."""
        name, begun = self._wanted.name, self._have() > 0
        if isinstance(broken, _Unreached) and not begun:
            host = urlsplit(self._wanted.url).hostname
            return f"{host} cannot be reached for {name} ({broken}): check the network, and pull again."
        later = "try again later, it goes on from where it is." if begun else "try again later."
        return f"The download of {name} keeps breaking off ({broken}): {later}"

    def _attempt(self) -> None:
        have, note = self._have(), self._read_note()
        wanted = self._wanted.size if self._wanted.size is not None else note.get("size")
        elsewhere = note.get("url") != self._wanted.url
        if have and have == wanted and not (elsewhere and self._wanted.sha256 is None):
            return
        if have and (elsewhere or (wanted is not None and have > wanted)):
            have = self._restart()
        validator = note.get("etag") or note.get("modified")
        if have and validator is None and self._wanted.sha256 is None:
            have = self._restart()  # nothing would show that the rest belongs to another file
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and validator is not None:
            headers["If-Range"] = validator
        try:
            with self._open(headers) as response:
                self._receive(response, have)
        except (OSError, http.client.HTTPException) as error:
            self._task.check()
            raise _Broken(_why(error)) from error
        except ValueError as error:  # urllib's word for a mangled address
            sentence = f"{self._wanted.url} is no address that can be used, or leads to one that cannot."
            raise failed(sentence, str(error)) from error

    def _open(self, headers: Mapping[str, str]) -> Any:
        try:
            return self._line.get(self._wanted.url, headers)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error)
        except urllib.error.URLError as error:
            self._task.check()
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                sentence = f"{self._wanted.url} cannot prove whose it is (its certificate is not trusted)."
                raise failed(f"{sentence} Nothing was downloaded.", str(error.reason)) from error
            raise _Unreached(_why(error.reason)) from error
        raise AssertionError("unreachable")

    def _refused(self, error: urllib.error.HTTPError) -> None:
        """Raise what a status of 400 and above means to the user."""
        name, url, code = self._wanted.name, error.url or self._wanted.url, error.code
        if code == 416:
            self._restart()
            raise _Broken("the server has a shorter file", 0.0)
        if code in (429, 503):
            wait = _retry_after(error.headers.get("Retry-After"))
            if wait is None or wait <= LONGEST_WAIT:
                raise _Broken("the server has too much to do", wait)
            raise failed(f"The server asks to be left alone for {_spoken(wait)}: pull again after that.")
        if code in (408, 425, 500, 502, 504):
            raise _Broken(f"the server answers {code}")
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
            raise failed(f"{url} sends on in a circle, or away from the web: try --from with another place.")
        raise failed(sentences.get(code, f"The server does not send {name} ({url} answers {code})."))

    def _receive(self, response: Any, have: int) -> None:
        if response.status == 206:
            total = self._check_range(response, have)
        else:
            have = self._restart() if have else 0
            total = _whole(response.headers.get("Content-Length"))
        self._check_kind(response)
        self._check_total(total, have)
        self._write_note(response, total)
        self._write(response, have, total)

    def _check_range(self, response: Any, have: int) -> int | None:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        total = _whole(match[3]) if match else None
        known = self._read_note().get("size")
        if not match or _whole(match[1]) != have or (known is not None and total not in (None, known)):
            self._restart()
            raise _Broken("the server sends another part than was asked for", 0.0)
        return total if total is not None else known

    def _check_kind(self, response: Any) -> None:
        kind = response.headers.get_content_type()
        if kind in ("text/html", "application/xhtml+xml"):
            raise self._page(response.url)

    def _page(self, url: str) -> Exception:
        self._forget()
        return failed(
            f"{url} sends a web page instead of {self._wanted.name}: a login page of your network, perhaps. "
            "Open the address in your browser to see."
        )

    def _check_total(self, total: int | None, have: int) -> None:
        wanted = self._wanted.size
        if wanted is not None and total is not None and total != wanted:
            self._forget()
            raise tampered(
                f"The server announces {total} bytes for {self._wanted.name}, and the published file has {wanted}: "
                "it is another file. Try again later, or from another place with --from."
            )
        expected = wanted if wanted is not None else total
        if expected is not None and expected - have > self._free():
            raise no_room(expected - have, self._free(), self._wanted.name)

    def _write(self, response: Any, have: int, total: int | None) -> None:
        limit = self._wanted.size if self._wanted.size is not None else LARGEST
        try:
            stream = self._part.open("ab")
        except OSError as error:
            raise unwritable(error, self._wanted.name) from error
        with stream:
            while chunk := response.read1(CHUNK):
                if not have and chunk.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
                    raise self._page(response.url)
                have += len(chunk)
                if have > limit:
                    raise tampered(f"The server sends more bytes for {self._wanted.name} than the file has.")
                self._put(stream, chunk)
                self._moved(have, self._wanted.size or total)
        if total is not None and have < total:
            self._task.check()
            raise _Broken("the connection ended early")

    def _put(self, stream: Any, chunk: bytes) -> None:
        try:
            stream.write(chunk)
            stream.flush()
        except OSError as error:
            with contextlib.suppress(
                OSError
            ):  # half a chunk may have been written; the rest of it is asked for again
                stream.close()
            raise unwritable(error, self._wanted.name) from error

    def _digest(self) -> str:
        size = self._have()
        if self._wanted.size is not None and size != self._wanted.size:
            self._forget()
            raise tampered(
                f"{self._wanted.name} came with {size} bytes, and the published file has {self._wanted.size}."
            )
        return sha256_of(self._part, self._task)

    def _have(self) -> int:
        return self._part.stat().st_size if self._part.is_file() else 0

    def _restart(self) -> int:
        self._part.unlink(missing_ok=True)
        return 0

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _read_note(self) -> dict[str, Any]:
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def _write_note(self, response: Any, total: int | None) -> None:
        etag = response.headers.get("ETag") or ""
        note = {
            "url": self._wanted.url,
            "etag": etag if etag.startswith('"') else None,  # a weak one does not promise the same bytes
            "modified": response.headers.get("Last-Modified"),
            "size": total,
        }
        try:
            self._note.write_text(json.dumps(note), encoding="utf-8")
        except OSError as error:
            raise unwritable(error, self._wanted.name) from error


def sha256_of(path: Path, task: Task) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, with progress."""
    digest = hashlib.sha256()
    done, total = 0, path.stat().st_size
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            done += len(chunk)
            task.stage("checking", done, total)
    return digest.hexdigest()


def _whole(text: str | None) -> int | None:
    """Return the number that a header holds, None for anything else (also for digits without end)."""
    return int(text) if text and len(text) <= 18 and text.isascii() and text.isdigit() else None


def _retry_after(text: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, None when it is absent or not understood."""
    if text is None:
        return None
    seconds = _whole(text.strip())
    if seconds is not None:
        return float(seconds)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "the server fell silent"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection ended early" if isinstance(error, http.client.HTTPException) else str(error)
