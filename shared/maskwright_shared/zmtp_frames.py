# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of ZMTP 3.1 (https://rfc.zeromq.org/spec/37) with PLAIN (https://rfc.zeromq.org/spec/24).

Pure functions: what a DEALER client says, and what it may hear. A connection is a greeting of 64 bytes from
each side, then frames: flags, size, body. A frame is a command or a part of a message.
"""

from __future__ import annotations

import struct
from typing import Dict, List, Sequence, Tuple, Union

Frame = Union[bytes, memoryview]

MORE, LONG, COMMAND = 1, 2, 4
GREETING_SIZE = 64
MAX_CONTEXT = 16
"""The longest context that a PING may carry, in bytes."""

_SIGNATURE = b"\xff" + bytes(8) + b"\x7f"
_MECHANISM = b"PLAIN".ljust(20, b"\0")
_SHORT = 255
_SMALL = 4096
"""A body up to this size is copied beside its head, which is cheaper than one more buffer to write."""


class ZmtpError(ValueError):
    """The peer's bytes are not ZMTP, or more than this side takes."""


def greeting() -> bytes:
    """Return the greeting of a PLAIN client."""
    return (_SIGNATURE + b"\x03\x01" + _MECHANISM).ljust(GREETING_SIZE, b"\0")


def check_greeting(data: bytes) -> None:
    """Check the first bytes of a server's greeting, as many as there are.

    Padding and filler carry no meaning, and libzmq leaves the as-server byte 0 on both sides.

    Raises:
        ZmtpError: as soon as a byte shows that this is no ZMTP 3 server with PLAIN.
    """
    if data[:1] not in (b"", b"\xff") or data[9:10] not in (b"", b"\x7f"):
        raise ZmtpError("no ZMTP signature")
    if len(data) > 10 and data[10] < 3:
        raise ZmtpError(f"ZMTP version {data[10]}")
    if not _MECHANISM.startswith(data[12:32]):
        raise ZmtpError(f"mechanism {data[12:32]!r}")


def frame_head(size: int, flags: int) -> bytes:
    """Return flags and size in the shortest form."""
    if size <= _SHORT:
        return bytes((flags, size))
    return struct.pack(">BQ", flags | LONG, size)


def command(name: bytes, data: bytes = b"") -> bytes:
    """Return the frame of a command."""
    body = bytes((len(name),)) + name + data
    return frame_head(len(body), COMMAND) + body


def hello(username: bytes, password: bytes) -> bytes:
    """Return the command with which a PLAIN client shows who it is; each text has at most 255 bytes."""
    if max(len(username), len(password)) > _SHORT:
        raise ValueError("user name and password have at most 255 bytes each")
    return command(b"HELLO", b"".join(bytes((len(text),)) + text for text in (username, password)))


def initiate() -> bytes:
    """Return the command with which a PLAIN client says what socket it is."""
    return command(b"INITIATE", _property(b"Socket-Type", b"DEALER") + _property(b"Identity", b""))


def _property(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + struct.pack(">I", len(value)) + value


def ping() -> bytes:
    """Return a PING without a time to live: this side does not ask to be dropped while its host is busy."""
    return command(b"PING", b"\0\0")


def pong(ping_data: bytes) -> bytes:
    """Return the answer to a PING with this data (two bytes of time to live, then its context)."""
    if not 2 <= len(ping_data) <= 2 + MAX_CONTEXT:
        raise ZmtpError(f"a PING with {len(ping_data)} bytes")
    return command(b"PONG", ping_data[2:])


def message_pieces(frames: Sequence[object]) -> List[memoryview]:
    """Return what to write for a message: small bodies beside their heads, large ones not copied."""
    pieces: List[memoryview] = []
    joined = bytearray()
    last = len(frames) - 1
    for index, frame in enumerate(frames):
        body = _flat(frame)
        joined += frame_head(body.nbytes, MORE if index < last else 0)
        if body.nbytes <= _SMALL:
            joined += body
        else:
            pieces += [memoryview(joined), body]
            joined = bytearray()
    return [*pieces, memoryview(joined)] if joined else pieces


def _flat(frame: object) -> memoryview:
    view = memoryview(frame)  # type: ignore[arg-type]
    return view.cast("B") if view.nbytes else memoryview(b"")


def parse_command(body: bytes) -> Tuple[bytes, bytes]:
    """Return name and data of a command."""
    if body.startswith(b"^RROR"):  # libzmq 4.3's "\x05ERROR": the C escape swallowed the E
        return b"ERROR", body[5:]
    end = 1 + body[0] if body else 1
    if not 1 < end <= len(body):
        raise ZmtpError("a command without a name")
    return body[1:end], body[end:]


def parse_reason(data: bytes) -> str:
    """Return the reason that an ERROR command gives, for the log."""
    return data[1 : 1 + data[0]].decode("ascii", "replace") if data else ""


def parse_metadata(data: bytes) -> Dict[str, bytes]:
    """Return the properties of a READY command by their names in lower case."""
    properties: Dict[str, bytes] = {}
    at = 0
    while at < len(data):
        name_end = at + 1 + data[at]
        value_at = name_end + 4
        value_end = value_at + int.from_bytes(data[name_end:value_at], "big")
        if data[at] == 0 or value_end > len(data) or value_at > len(data):
            raise ZmtpError("metadata that does not fit its command")
        properties[data[at + 1 : name_end].decode("ascii", "replace").lower()] = data[value_at:value_end]
        at = value_end
    return properties
