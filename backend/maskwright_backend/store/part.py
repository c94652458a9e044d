# SPDX-License-Identifier: GPL-3.0-or-later
"""What has come of a file so far, and beside it a note of which file that is: its address, validators and size."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, fields
from typing import IO, TYPE_CHECKING, Any

from ..outside_json import parse, read_plain
from .refusals import unwritable

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Note:
    """Which file a part is of, as the server told it; None for what it did not tell.

    `etag` is the entity tag as it came, which a weak one begins with W/; only a strong one promises the same bytes.
    """

    url: str | None = None
    etag: str | None = None
    modified: str | None = None
    size: int | None = None

    @property
    def validator(self) -> str | None:
        """What `If-Range` may say."""
        strong = self.etag if self.etag and self.etag.startswith('"') else None
        return strong or self.modified

    def is_of_another(self, etag: str | None, modified: str | None) -> bool:
        """Return whether an answer's headers belong to another state of the file than this one's."""
        if self.etag and etag:
            return self.etag != etag
        return bool(self.modified and modified and self.modified != modified)


class Part:
    """The file at `path` and its note; `name` is for sentences."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self._name = path, name
        self._note = path.with_name(path.name + ".json")

    @property
    def size(self) -> int:
        """The bytes that have come."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def restart(self) -> int:
        """Throw the bytes away, and return how many there are now."""
        self.path.unlink(missing_ok=True)
        return 0

    def forget(self) -> None:
        """Throw everything away."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def read_note(self) -> Note:
        """Return the note; an absent or damaged one says nothing."""
        try:
            found = parse(read_plain(self._note, MOST_BYTES))
        except (OSError, ValueError):
            return Note()
        return Note(**_sound(found)) if isinstance(found, dict) else Note()

    def write_note(self, note: Note) -> None:
        """Write the note down.

        Raises:
            ModelError: `model.disk`.
        """
        try:
            self._note.write_text(json.dumps(asdict(note)), encoding="utf-8")
        except OSError as error:
            raise unwritable(error, self._name) from error

    def open(self) -> IO[bytes]:
        """Return a stream that adds to the bytes.

        Raises:
            ModelError: `model.disk`.
        """
        try:
            return self.path.open("ab")
        except OSError as error:
            raise unwritable(error, self._name) from error

    def put(self, stream: IO[bytes], chunk: bytes) -> None:
        """Write a chunk through to the disk.

        Raises:
            ModelError: `model.disk`; half a chunk may have been written, and the rest of it is asked for again.
        """
        try:
            stream.write(chunk)
            stream.flush()
        except OSError as error:
            with contextlib.suppress(OSError):
                stream.close()
            raise unwritable(error, self._name) from error


def _sound(found: dict[str, Any]) -> dict[str, Any]:
    kinds = {field.name: int if field.name == "size" else str for field in fields(Note)}
    return {name: found[name] for name, kind in kinds.items() if type(found.get(name)) is kind}
