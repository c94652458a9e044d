# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that can cross the wire, as one tree.

    MaskwrightError
    ├── ProtocolError      protocol.*    frames or headers that break the written protocol
    ├── RequestError       request.*     well-formed, but it asks for what cannot be
    │   └── Cancelled      request.cancelled, request.stale
    ├── ImageError         image.*       unknown, unfinished, too large
    ├── ModelError         model.*       unknown, broken, refused by its contract
    ├── ConnectionFailed   connection.*  no daemon, a lost one, an impostor (made by the client only)
    └── DaemonError        daemon.*      the daemon's own fault, or its end

An error has a stable `code`, one sentence for the user that says what to do, and optional detail for the
log. `to_fields` and `from_fields` are each other's inverse, so that the same class comes out at the far end.
"""

from __future__ import annotations

from typing import Dict, Type


class MaskwrightError(Exception):
    """An error with a code for programs, a sentence for people, and a detail for the log."""

    prefix = ""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.message!r})"

    def to_fields(self) -> Dict[str, str]:
        """Return `code`, `message` and `detail` as an error message carries them."""
        return {"code": self.code, "message": self.message, "detail": self.detail}

    @staticmethod
    def from_fields(code: str, message: str, detail: str = "") -> MaskwrightError:
        """Return the error of the class that owns this code; an unknown code gives a plain MaskwrightError."""
        kind = Cancelled if code in Cancelled.codes else _BY_PREFIX.get(code.partition(".")[0])
        return (kind or MaskwrightError)(code, message, detail)


class ProtocolError(MaskwrightError):
    """A message that breaks the written protocol: it is refused as a whole."""

    prefix = "protocol"


class RequestError(MaskwrightError):
    """A well-formed request for something that cannot be done; the sentence says what can."""

    prefix = "request"


class Cancelled(RequestError):
    """The request was withdrawn (`request.cancelled`) or overtaken by a newer one (`request.stale`)."""

    codes = ("request.cancelled", "request.stale")


class ImageError(MaskwrightError):
    """An image that the daemon does not have, or cannot take."""

    prefix = "image"


class ModelError(MaskwrightError):
    """A model that is unknown, damaged, or not what its family's contract says."""

    prefix = "model"


class ConnectionFailed(MaskwrightError):
    """The daemon cannot be reached, was lost, or could not prove itself. Retry after starting it."""

    prefix = "connection"


class DaemonError(MaskwrightError):
    """The daemon failed by its own fault, or is shutting down."""

    prefix = "daemon"


_BY_PREFIX: Dict[str, Type[MaskwrightError]] = {
    kind.prefix: kind
    for kind in (ProtocolError, RequestError, ImageError, ModelError, ConnectionFailed, DaemonError)
}
