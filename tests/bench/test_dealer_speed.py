# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the Dealer sends an image in stripes, against a plain socket that sends the same bytes at once."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time

import pytest

from maskwright_shared.zmtp import Dealer

STRIPE = 1 << 20
STRIPES = 96
HEADER = b'{"protocol":1,"type":"image.stripe","id":3,"put":2,"offset":1048576}'

SINK = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sock, _ = listener.accept()
sys.argv[1] == "zmtp" and sock.sendall(
    b"\\xff" + bytes(8) + b"\\x7f\\x03\\x01" + b"PLAIN".ljust(52, b"\\0")
    + b"\\x04\\x08\\x07WELCOME" + b"\\x04\\x1c\\x05READY\\x0bSocket-Type\\x00\\x00\\x00\\x06ROUTER"
)
room = bytearray(1 << 20)
while sock.recv_into(room):
    pass
"""


@pytest.fixture
def sink():
    """Start processes that read and forget, and end them."""
    started = []

    def start(kind):
        process = subprocess.Popen([sys.executable, "-c", SINK, kind], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.mark.bench
def test_stripes_cost_at_most_one_and_a_half_plain_sends(sink):
    pixels = memoryview(bytearray(b"\x55" * (STRIPE * STRIPES)))

    def send_stripes():
        for offset in range(0, len(pixels), STRIPE):
            dealer.send([HEADER, pixels[offset : offset + STRIPE]])

    with (
        socket.create_connection(("127.0.0.1", sink("plain"))) as plain,
        Dealer("127.0.0.1", sink("zmtp"), "user", "password") as dealer,
    ):
        pairs = [(seconds(send_stripes), seconds(lambda: plain.sendall(pixels))) for _ in range(15)]
    ratio = statistics.median(ours for ours, _ in pairs) / statistics.median(raw for _, raw in pairs)
    print(f"\n{STRIPES} MB in stripes: {ratio:.2f} times a plain sendall")  # noqa: T201 - the figure is the point
    assert ratio <= 1.5
