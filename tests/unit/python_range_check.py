# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_python_range.py under each Python: imports, wire, and a Dealer against the ROUTER on a given port.

Usage: python_range_check.py PORT USER PASSWORD, with shared/ and plugin/ on the path. Standard library only.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

from sample_messages import SAMPLES

import maskwright_plugin
import maskwright_shared
from maskwright_shared import messages, wire
from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed, ProtocolError
from maskwright_shared.zmtp import Dealer


def import_everything() -> int:
    """Import every module of both packages and return their number."""
    count = 0
    for package in (maskwright_shared, maskwright_plugin):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
            count += 1
    return count


def check_wire() -> None:
    """Send every sample through the wire's two halves, and hostile headers through one."""
    for message in SAMPLES:
        assert wire.decode(wire.encode(7, message)) == (7, message)
    for header in (b"[" * 200000, b'{"protocol":' + b"9" * 200000 + b"}", b"\xff", b'{"protocol":1}'):
        try:
            wire.decode([header])
        except ProtocolError:
            continue
        raise AssertionError(header[:20])


def check_connection_file() -> None:
    """Write and read a connection file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "connection.json"
        connection = Connection.fresh(1234)
        connection.write(path)
        assert Connection.read(path) == connection


def check_dealer(port: int, user: str, password: str) -> None:
    """Have a ROUTER echo messages of all sizes, and be refused with a wrong password."""
    with Dealer("127.0.0.1", port, user, password) as dealer:
        for size in (0, 255, 256, 70000, 3000000):
            frames = [b"header", bytes(bytearray(range(256)) * (size // 256 + 1))[:size]]
            dealer.send(frames)
            assert dealer.receive(20) == frames
        dealer.send(wire.encode(8, messages.Cancel(5)))
        assert wire.decode(dealer.receive(20) or []) == (8, messages.Cancel(5))
    code = ""
    try:
        Dealer("127.0.0.1", port, user, "wrong")
    except ConnectionFailed as error:
        code = error.code
    assert code == "connection.denied", code


def main() -> None:
    """Run all checks and say under which Python."""
    count = import_everything()
    check_wire()
    check_connection_file()
    check_dealer(int(sys.argv[1]), sys.argv[2], sys.argv[3])
    print(f"{sys.version.split()[0]}: {count} modules")  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
