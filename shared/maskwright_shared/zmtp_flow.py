# SPDX-License-Identifier: GPL-3.0-or-later
"""The two directions of a ZMTP connection: bytes that arrived become events, messages become bytes to write.

`Inflow` does no input or output of its own, so hostile bytes can be tried on it directly. It never holds more
than twice of what really arrived (and some), whatever sizes the peer announces.
"""

from __future__ import annotations

import socket
from collections import deque
from itertools import islice
from typing import Deque, List, Optional, Sequence, Union

from .zmtp_frames import (
    COMMAND,
    GREETING_SIZE,
    LONG,
    MORE,
    Frame,
    ZmtpError,
    check_greeting,
    message_pieces,
)

Event = Union[bytes, List[Frame]]
"""The body of a command (bytes), or the frames of a message (a list)."""

MAX_COMMAND = 8192
MAX_FRAMES = 8192
"""The most frames that a message may have."""

_SCRATCH = 1 << 16
_SMALL = 1 << 15
"""Frames up to this size are copied out of the scratch buffer; larger ones are received in their own."""

_FIRST = 1 << 24
"""A body up to this size is allocated at once; a larger one grows as its bytes arrive."""

_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
"""An embedded Python does not always ignore SIGPIPE, and then a lost daemon would end the whole editor."""

_PIECES_AT_ONCE = 64


class Inflow:
    """Take bytes where `space` wants them, tell how many `arrived`, then ask for the `next` event until None.

    `limit` is the most bytes that a message may have; it starts at 0, since a handshake has no messages.
    """

    def __init__(self) -> None:
        self.limit = 0
        self._scratch = bytearray(_SCRATCH)
        self._start = self._end = 0
        self._flags: Optional[int] = None
        self._size = self._filled = 0
        self._body: Optional[bytearray] = None
        self._frames: List[Frame] = []
        self._bytes = 0

    def space(self) -> memoryview:
        """Return where the next bytes belong; release it before `arrived` is called."""
        if self._body is not None:
            if self._filled == len(self._body):
                self._body.extend(bytes(min(len(self._body), self._size - self._filled)))
            return memoryview(self._body)[self._filled :]
        if _SCRATCH - self._end < _SMALL:
            rest = self._end - self._start
            self._scratch[:rest] = self._scratch[self._start : self._end]
            self._start, self._end = 0, rest
        return memoryview(self._scratch)[self._end :]

    def arrived(self, count: int) -> None:
        """Take note that the first `count` bytes of `space` were written."""
        if self._body is not None:
            self._filled += count
        else:
            self._end += count

    def greeted(self) -> bool:
        """Return whether the peer's greeting is wholly there, and step over it then.

        Raises:
            ZmtpError: as soon as a byte of it is wrong.
        """
        head = bytes(self._scratch[self._start : min(self._end, self._start + GREETING_SIZE)])
        check_greeting(head)
        whole = len(head) == GREETING_SIZE
        self._start += GREETING_SIZE if whole else 0
        return whole

    def next(self) -> Optional[Event]:
        """Return the next event that is wholly there.

        Raises:
            ZmtpError: for bytes that are not ZMTP, and for anything above the limits.
        """
        while self._frame_is_whole():
            flags, body = self._flags or 0, self._take_body()
            if flags & COMMAND:
                return bytes(body)
            self._frames.append(body)
            if not flags & MORE:
                frames, self._frames, self._bytes = self._frames, [], 0
                return frames
        return None

    def _frame_is_whole(self) -> bool:
        if self._flags is None and not self._read_head():
            return False
        if self._body is not None:
            return self._filled == self._size
        if self._size <= _SMALL:
            return self._end - self._start >= self._size
        return self._open_body()

    def _read_head(self) -> bool:
        head = self._scratch[self._start : min(self._end, self._start + 9)]
        if head and head[0] & ~(MORE | LONG | COMMAND):
            raise ZmtpError(f"frame flags {head[0]:#x}")
        length = 9 if head and head[0] & LONG else 2
        if len(head) < length:
            return False
        self._check(head[0], int.from_bytes(head[1:length], "big"))
        self._start += length
        return True

    def _check(self, flags: int, size: int) -> None:
        if flags & COMMAND and (flags & MORE or size > MAX_COMMAND):
            raise ZmtpError(f"a command of {size} bytes with flags {flags:#x}")
        if not flags & COMMAND:
            self._bytes += size
            if self._bytes > self.limit or len(self._frames) >= MAX_FRAMES:
                raise ZmtpError(
                    f"a message of {len(self._frames) + 1} frames and {self._bytes} bytes or more"
                )
        self._flags, self._size = flags, size

    def _open_body(self) -> bool:
        self._body = bytearray(min(self._size, _FIRST))
        self._filled = min(self._size, self._end - self._start)
        self._body[: self._filled] = self._scratch[self._start : self._start + self._filled]
        self._start += self._filled
        return self._filled == self._size

    def _take_body(self) -> Frame:
        self._flags = None
        if self._body is not None:
            body, self._body = self._body, None
            return memoryview(body)
        at, self._start = self._start, self._start + self._size
        return bytes(self._scratch[at : self._start])


class Outflow:
    """What waits to be written, in order; false when that is nothing. Message bodies are kept, not copied."""

    def __init__(self) -> None:
        self._pieces: Deque[memoryview] = deque()

    def __len__(self) -> int:
        return len(self._pieces)

    def add(self, data: bytes) -> None:
        """Append a greeting or a command."""
        self._pieces.append(memoryview(data))

    def add_message(self, frames: Sequence[object]) -> None:
        """Append a whole message (bytes-like frames)."""
        self._pieces.extend(message_pieces(frames))

    def flush(self, sock: socket.socket) -> int:
        """Write to a non-blocking socket until it takes no more; return the number of bytes written."""
        total = 0
        while self._pieces:
            try:
                count = self._write(sock)
            except BlockingIOError:
                break
            total += count
            self._drop(count)
        return total

    def _write(self, sock: socket.socket) -> int:
        if hasattr(sock, "sendmsg"):  # not on Windows
            return sock.sendmsg(list(islice(self._pieces, _PIECES_AT_ONCE)), [], _NO_SIGNAL)
        return sock.send(self._pieces[0], _NO_SIGNAL)

    def _drop(self, count: int) -> None:
        while self._pieces and count >= self._pieces[0].nbytes:
            count -= self._pieces.popleft().nbytes
        if count:
            self._pieces[0] = self._pieces[0][count:]
