# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages to frames and back: a small JSON header, then the message's binary frames.

The header is a UTF-8 JSON object with `protocol`, `type`, `id` and the message's fields. Decoding is strict
and never trusts a length: everything it refuses becomes a ProtocolError with a code and a sentence.
"""

from __future__ import annotations

import json
import math
from typing import Any, Dict, List, NamedTuple, Sequence, Type

from .errors import ProtocolError
from .fields import decode_fields, integer, rules_of
from .messages import BY_TYPE, Hello, Message, Shutdown
from .version import PROTOCOL

MAX_HEADER = 256 * 1024
TIMELESS = (Hello.TYPE, Shutdown.TYPE)
"""These requests keep their form in every protocol, so that a new client can always end an old idle daemon."""
_LONGEST_INTEGER = 20
_ID = integer(1, 2**53)


class Envelope(NamedTuple):
    """A message with the id that ties a reply to its request; ids are chosen by the client, 1 and above."""

    id: int
    message: Message


def encode(id: int, message: Message, protocol: int = PROTOCOL) -> List[Any]:
    """Return the frames of a message: the header's bytes, then its binary frames as they are (not copied).

    Raises:
        ProtocolError: for a header that the other side would refuse by its length.
        ValueError: for a number that is not finite.
    """
    header: Dict[str, Any] = {"protocol": protocol, "type": message.TYPE, "id": id}
    frames: List[Any] = []
    for name, rule in rules_of(type(message)).items():
        value = rule.encode(getattr(message, name))
        if rule.frames == "one":
            frames.append(value)
        elif rule.frames == "rest":
            frames.extend(value)
        else:
            header[name] = value
    head = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    if len(head) > MAX_HEADER:
        raise ProtocolError("protocol.header", f"The header is longer than {MAX_HEADER} bytes.")
    return [head, *frames]


def decode(frames: Sequence[Any]) -> Envelope:
    """Return the message in `frames` (bytes-like; binary frames are kept, not copied).

    Raises:
        ProtocolError: for anything that the written protocol does not allow.
    """
    header = peek(frames)
    kind = _kind(header.pop("type", None))
    header.pop("protocol")
    id = _ID.decode(header.pop("id", None), "id")
    values = decode_fields(kind, header)
    values.update(_binary(kind, frames[1:]))
    message = kind(**values)
    message.check()
    return Envelope(id, message)


def peek(frames: Sequence[Any]) -> Dict[str, Any]:
    """Return the header alone, its protocol number checked, for an answer to a message that is otherwise wrong."""
    if not frames:
        raise ProtocolError("protocol.empty", "The message has no frames.")
    if len(frames[0]) > MAX_HEADER:
        raise ProtocolError("protocol.header", f"The header is longer than {MAX_HEADER} bytes.")
    try:
        header = json.loads(
            bytes(frames[0]).decode("utf-8"),
            parse_constant=_no_constant,
            parse_int=_whole_number,
            parse_float=_finite_number,
        )
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            "protocol.header", "The header is not a JSON object in UTF-8.", str(error)
        ) from error
    if type(header) is not dict:
        raise ProtocolError("protocol.header", "The header is not a JSON object in UTF-8.")
    if type(header.get("protocol")) is not int or not _understood(header):
        raise ProtocolError(
            "protocol.version",
            f"This program speaks protocol {PROTOCOL}, the other side {str(header.get('protocol'))[:50]!r}: "
            "update the older one.",
        )
    return header


def _understood(header: Dict[str, Any]) -> bool:
    """Return whether the message is of this protocol, or of the few kinds that are the same in every one."""
    return header["protocol"] == PROTOCOL or header.get("type") in TIMELESS


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _whole_number(digits: str) -> int:
    if len(digits) > _LONGEST_INTEGER:  # before Python 3.11 a long one takes seconds
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _finite_number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is too large")
    return value


def _kind(name: Any) -> Type[Message]:
    kind = BY_TYPE.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError("protocol.type", f"There is no message type {str(name)[:100]!r}.")
    return kind


def _binary(kind: Type[Message], frames: Sequence[Any]) -> Dict[str, Any]:
    values: Dict[str, Any] = {}
    left = list(frames)
    for name, rule in rules_of(kind).items():
        if rule.frames == "one":
            if not left:
                raise ProtocolError("protocol.frames", f"'{kind.TYPE}' lacks its frame '{name}'.")
            values[name] = rule.decode(left.pop(0), name)
        elif rule.frames == "rest":
            values[name] = rule.decode(left, name)
            left = []
    if left:
        raise ProtocolError("protocol.frames", f"'{kind.TYPE}' has {len(left)} frames too many.")
    return values
