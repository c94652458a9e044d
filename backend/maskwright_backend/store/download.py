# SPDX-License-Identifier: GPL-3.0-or-later
"""One file from an address to the disk: resumed where it broke off, and never taken for what it is not."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .hashing import sha256_of
from .part import Note, Part
from .refusals import failed, no_room, tampered
from .server_answers import SHORTER, Broken, Unreached, content_range, refusal, whole, why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .network import Line
    from .progress import Task

PARTIAL = 206
CHUNK = 1 << 18
MOST_FAILURES = 5
"""So many broken connections in a row that brought nothing end a download."""
MOST_ATTEMPTS = 200
LARGEST = 1 << 36


@dataclass(frozen=True)
class Wanted:
    """A file: its address, its name for sentences, and its hash and size as far as they are known."""

    url: str
    name: str
    sha256: str | None = None
    size: int | None = None


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
        self._line, self._wanted, self._task = line, wanted, task
        self._part = Part(part, wanted.name)
        self._free, self._moved = free, moved

    def run(self) -> str:
        """Return the SHA-256 of the file, which then lies in `part`, whole.

        Raises:
            ModelError: `model.download`, `model.tampered` or `model.disk`, each with what to do.
            Cancelled: when the task was withdrawn.
        """
        resumed = self._part.size > 0
        self._fetch()
        digest = self._digest()
        if self._wanted.sha256 in (None, digest):
            return digest
        self._part.forget()
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
            before = self._part.size
            try:
                self._attempt()
            except Broken as broken:
                failures = 0 if self._part.size >= before + CHUNK else failures + 1
                attempts += 1
                if failures >= MOST_FAILURES or attempts >= MOST_ATTEMPTS:
                    raise failed(self._given_up(broken)) from broken
                self._task.stage("waiting")
                self._task.pause(0.25 * 2**failures if broken.wait is None else broken.wait)
            else:
                return

    def _given_up(self, broken: Broken) -> str:
        """Return the sentence for the last of too many failures; only what had begun can break off and go on."""
        name, begun = self._wanted.name, self._part.size > 0
        if isinstance(broken, Unreached) and not begun:
            host = urlsplit(self._wanted.url).hostname
            return f"{host} cannot be reached for {name} ({broken}): check the network, and pull again."
        later = "try again later, it goes on from where it is." if begun else "try again later."
        return f"The download of {name} keeps breaking off ({broken}): {later}"

    def _attempt(self) -> None:
        have, note = self._part.size, self._part.read_note()
        wanted = self._wanted.size if self._wanted.size is not None else note.size
        elsewhere = note.url != self._wanted.url
        if have and have == wanted and not (elsewhere and self._wanted.sha256 is None):
            return
        if have and (elsewhere or (wanted is not None and have > wanted)):
            have = self._part.restart()
        if have and note.validator is None and self._wanted.sha256 is None:
            have = self._part.restart()  # nothing would show that the rest belongs to another file
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and note.validator is not None:
            headers["If-Range"] = note.validator
        try:
            with self._open(headers) as response:
                self._receive(response, have)
        except (OSError, http.client.HTTPException) as error:
            self._task.check()
            raise Broken(why(error)) from error
        except ValueError as error:  # urllib's word for a mangled address
            sentence = f"{self._wanted.url} is no address that can be used, or leads to one that cannot."
            raise failed(sentence, str(error)) from error

    def _open(self, headers: Mapping[str, str]) -> Any:
        try:
            return self._line.get(self._wanted.url, headers)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == SHORTER:
                    self._part.restart()
                raise refusal(error, self._wanted.name, self._wanted.url) from error
        except urllib.error.URLError as error:
            self._task.check()
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                sentence = f"{self._wanted.url} cannot prove whose it is (its certificate is not trusted)."
                raise failed(f"{sentence} Nothing was downloaded.", str(error.reason)) from error
            raise Unreached(why(error.reason)) from error

    def _receive(self, response: Any, have: int) -> None:
        if response.status == PARTIAL:
            total = self._check_range(response, have)
        else:
            have = self._part.restart() if have else 0
            total = whole(response.headers.get("Content-Length"))
        self._check_kind(response)
        self._check_total(total, have)
        told = response.headers
        self._part.write_note(Note(self._wanted.url, told.get("ETag"), told.get("Last-Modified"), total))
        self._write(response, have, total)

    def _check_range(self, response: Any, have: int) -> int | None:
        """Return the whole size; what does not go on from the bytes that are there, byte for byte, starts anew."""
        first, total = content_range(response.headers.get("Content-Range"))
        note = self._part.read_note()
        if first != have or (note.size is not None and total not in (None, note.size)):
            self._part.restart()
            raise Broken("the server sends another part than was asked for", 0.0)
        if note.is_of_another(response.headers.get("ETag"), response.headers.get("Last-Modified")):
            self._part.forget()
            raise Broken("the server has another file by now", 0.0)
        return total if total is not None else note.size

    def _check_kind(self, response: Any) -> None:
        kind = response.headers.get_content_type()
        if kind in ("text/html", "application/xhtml+xml"):
            raise self._page(response.url)

    def _page(self, url: str) -> Exception:
        self._part.forget()
        return failed(
            f"{url} sends a web page instead of {self._wanted.name}: a login page of your network, perhaps. "
            "Open the address in your browser to see."
        )

    def _check_total(self, total: int | None, have: int) -> None:
        wanted = self._wanted.size
        if wanted is not None and total is not None and total != wanted:
            self._part.forget()
            raise tampered(
                f"The server announces {total} bytes for {self._wanted.name}, and the published file has {wanted}: "
                "it is another file. Try again later, or from another place with --from."
            )
        expected = wanted if wanted is not None else total
        if expected is not None and expected - have > self._free():
            raise no_room(expected - have, self._free(), self._wanted.name)

    def _write(self, response: Any, have: int, total: int | None) -> None:
        limit = self._wanted.size if self._wanted.size is not None else LARGEST
        with self._part.open() as stream:
            while chunk := response.read1(CHUNK):
                if not have and chunk.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
                    raise self._page(response.url)
                have += len(chunk)
                if have > limit:
                    raise tampered(f"The server sends more bytes for {self._wanted.name} than the file has.")
                self._part.put(stream, chunk)
                self._moved(have, self._wanted.size or total)
        if total is not None and have < total:
            self._task.check()
            raise Broken("the connection ended early")

    def _digest(self) -> str:
        size = self._part.size
        if self._wanted.size is not None and size != self._wanted.size:
            self._part.forget()
            raise tampered(
                f"{self._wanted.name} came with {size} bytes, and the published file has {self._wanted.size}."
            )
        return sha256_of(self._part.path, self._task)
