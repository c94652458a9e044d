# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection file: how a client finds the daemon, enters it, and knows that it is the right one.

It lies in the runtime folder, readable by its owner alone, and is written anew by every start. `token` lets the
client in (PLAIN); `secret` never crosses the wire: the daemon proves that it knows it by a keyed hash of the
client's nonce, so that a stranger who took over a dead daemon's port gets no pixels.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
from pathlib import Path
from typing import IO, Any, Dict, NamedTuple

from .errors import ConnectionFailed
from .version import PROTOCOL, VERSION

HOST = "127.0.0.1"
USERNAME = "maskwright"
_LARGEST = 64 * 1024


class Connection(NamedTuple):
    """The content of a connection file."""

    port: int
    token: str
    secret: str
    protocol: int = PROTOCOL
    version: str = VERSION
    pid: int = 0

    @classmethod
    def fresh(cls, port: int = 0) -> Connection:
        """Return a connection with new random secrets for this process; `port` is 0 until one is bound."""
        return cls(port, secrets.token_hex(32), secrets.token_hex(32), pid=os.getpid())

    def proof(self, nonce: str) -> str:
        """Return what only a holder of the secret can answer to `nonce`: HMAC-SHA256, hexadecimal (RFC 2104)."""
        message = f"maskwright daemon {self.port} {nonce}".encode()
        return hmac.new(self.secret.encode(), message, hashlib.sha256).hexdigest()

    def proves(self, nonce: str, proof: str) -> bool:
        """Return whether `proof` answers `nonce`; the time it takes tells nothing about the secret."""
        return hmac.compare_digest(self.proof(nonce), proof)

    def write(self, path: Path) -> None:
        """Write the file in one step, open to its owner alone; a reader never sees half of it."""
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        _remove(temporary)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._asdict(), file)
            temporary.replace(path)
        except BaseException:
            _remove(temporary)  # a disk is full; half a file with secrets helps nobody
            raise

    @classmethod
    def read(cls, path: Path) -> Connection:
        """Return the connection in the file.

        Raises:
            ConnectionFailed: `connection.absent` without a file, `connection.file` for one that is not to be trusted.
        """
        try:
            with _opened(path) as file:
                _check_owner(os.fstat(file.fileno()), path)
                values = json.loads(file.read(_LARGEST).decode("utf-8"))
        except FileNotFoundError as error:
            raise ConnectionFailed("connection.absent", "The Maskwright daemon is not running.") from error
        except (OSError, ValueError, RecursionError) as error:
            raise ConnectionFailed(
                "connection.file",
                f"The connection file {path} cannot be read: restart the daemon.",
                str(error),
            ) from error
        return cls(**_checked(values, path))


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()


def _opened(path: Path) -> IO[bytes]:
    """Open a file; a pipe in its place, which nobody may ever write to, keeps nobody waiting."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise ConnectionFailed("connection.file", f"The connection file {path} is no file: remove it.")


def _check_owner(state: os.stat_result, path: Path) -> None:
    if os.name == "nt":
        return
    if state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise ConnectionFailed(
            "connection.file", f"The connection file {path} is open to other users: remove it and start anew."
        )


def _checked(values: Any, path: Path) -> Dict[str, Any]:
    kinds = {"port": int, "token": str, "secret": str, "protocol": int, "version": str, "pid": int}
    fits = type(values) is dict and all(type(values.get(name)) is kind for name, kind in kinds.items())
    if not fits or not 0 < values["port"] < 65536 or not _is_secret(values["token"], values["secret"]):
        raise ConnectionFailed(
            "connection.file", f"The connection file {path} is damaged: restart the daemon."
        )
    return {name: values[name] for name in kinds}


def _is_secret(*texts: str) -> bool:
    return all(0 < len(text) <= 255 and text.isascii() for text in texts)
