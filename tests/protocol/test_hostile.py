# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile and broken peers: whatever arrives, the daemon answers or drops it, and serves the next one."""

from __future__ import annotations

import dataclasses
import json
import random
import socket

import pytest
from tests.protocol.house import PATIENCE, status, until
from tests.protocol.pictures import apply, encode, picture, put, segment, whole
from tests.unit.scripted_server import GREETING, read_to_the_end

from maskwright_shared import wire
from maskwright_shared.client import Client
from maskwright_shared.connection import HOST, Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.geometry import Point
from maskwright_shared.messages import ALL, Encode, Error, ImagePut, ImageStripe, Segment, Status

ROUNDS = 400
ODD = [
    None,
    True,
    -1,
    0,
    1,
    2**53,
    2**70,
    1.5,
    1e308,
    "",
    "x",
    "\ud800",
    "a" * 5000,
    [],
    [[]],
    [1, 2],
    {},
    {"x": 1},
]


def test_fuzzed_frames_are_answered_or_dropped_and_the_daemon_goes_on(shared_house, client, another):
    """Each round sends one broken message on a connection that is let in, then asks for the status on it."""
    dice = random.Random(20240607)
    name = put(client, picture())
    client.request(encode(name))
    good = whole(client.request(apply(name)))
    for round_number in range(ROUNDS):
        client.dealer.send(broken(dice, name, 10_000 + round_number))
        if round_number % 20 == 0:
            assert status(client)["pid"] == shared_house.pid
    assert (whole(another.request(apply(name))) == good).all()


def broken(dice, name, id):
    """Return the frames of a message with something wrong in it, most of the time."""
    kind = dice.choice(ALL)
    if kind.TYPE in ("hello", "shutdown"):
        kind = Status  # these two would be obeyed when the dice leave them whole
    header = {"protocol": 1, "type": kind.TYPE, "id": id}
    for field in dataclasses.fields(kind):
        if dice.random() < 0.8:
            header[field.name] = dice.choice([*ODD, name, "moody", "RGB"])
    for _ in range(dice.randrange(3)):
        header[dice.choice(["protocol", "type", "id", "points", "model", "box", "view"])] = dice.choice(ODD)
    if header.get("type") in ("hello", "shutdown"):
        header["type"] = "x"
    head = json.dumps(header).encode()
    damage = dice.randrange(6)
    if damage == 0:
        head = bytes(byte ^ (dice.random() < 0.05) for byte in head)
    elif damage == 1:
        head = head[: dice.randrange(len(head))]
    elif damage == 2:
        head = dice.randbytes(dice.randrange(300))
    frames = [dice.randbytes(dice.choice([0, 1, 11, 12, 24, 1000])) for _ in range(dice.randrange(4))]
    return [head, *frames]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"", "protocol.header"),
        (b"[" * 100_000, "protocol.header"),
        (b"{" * 200, "protocol.header"),
        (b"\xff\xfe", "protocol.header"),
        (b"[]", "protocol.header"),
        (b'{"protocol": 1}', "protocol.type"),
        (b'{"protocol": 2, "type": "status", "id": 5}', "protocol.version"),
        (b'{"protocol": 1, "type": "status", "id": 0}', "protocol.field"),
        (b'{"protocol": 1, "type": "status", "id": 5, "more": 1}', "protocol.unknown_field"),
        (b'{"protocol": 1, "type": "cancel", "id": 5}', "protocol.missing_field"),
        (b'{"protocol": 1, "type": "cancel", "id": 5, "target": NaN}', "protocol.header"),
        (b'{"protocol": 1, "type": "cancel", "id": 5, "target": ' + b"9" * 5000 + b"}", "protocol.header"),
        (b" " * 300_000, "protocol.header"),
    ],
)
def test_a_broken_header_has_its_code(client, head, code):
    client.dealer.send([head])
    answer = wire.decode(client.dealer.receive(PATIENCE)).message
    assert isinstance(answer, Error)
    assert answer.code == code
    assert answer.message


def test_too_many_frames_are_refused_without_being_read(client):
    client.dealer.send([*wire.encode(5, Status()), *[b""] * 3000])
    assert wire.decode(client.dealer.receive(PATIENCE)).message.code == "protocol.frames"


def test_a_frame_larger_than_any_message_ends_only_its_own_connection(shared_house, client, another):
    def send():
        client.dealer.send([bytes(5 << 20)])
        client.receive(PATIENCE)

    with pytest.raises(ConnectionFailed):
        send()
    until(lambda: status(another)["clients"] == ["another"], "the other's end")


def test_numbers_at_the_edge_of_what_is_allowed_break_nothing(client):
    name = put(client, picture())
    for x in (-1e6, -0.0, 1e6):
        assert client.request(segment(name, (Point(x, x),))).masks
    points = tuple(Point(index % 150, index % 100, foreground=bool(index % 2)) for index in range(16))
    with pytest.raises(Exception, match=r"\."):
        client.request(Segment(name, "moody", (*points * 300,)))


def test_stripes_for_nobody_are_passed_over(client):
    for number in range(50):
        client.send(ImageStripe(5000 + number, 2**40, bytes(100)))
    assert status(client)


def test_a_put_whose_client_vanishes_is_forgotten(shared_house, client):
    before = status(client)["images"]
    for _ in range(3):
        with shared_house.connect("vanishing") as other:
            put_id = other.send(ImagePut(5000, 5000, "RGBA"))
            other.send(ImageStripe(put_id, 0, bytes(1000)))
    assert status(client)["images"] == before


@pytest.mark.parametrize(
    "junk", [b"", b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", GREETING, GREETING + b"\xff" * 70]
)
def test_garbage_on_the_port_disturbs_nobody(shared_house, client, junk):
    port = Connection.read(shared_house.places.connection_file).port
    crowd = [socket.create_connection((HOST, port), timeout=PATIENCE) for _ in range(40)]
    for sock in crowd:
        sock.sendall(junk)
    with shared_house.connect("among garbage") as other:
        assert status(other)["pid"] == shared_house.pid
    assert put(client, picture())
    for sock in crowd:
        sock.close()


def test_connections_that_never_say_who_they_are_are_thrown_out(shared_house, client):
    port = Connection.read(shared_house.places.connection_file).port
    with socket.create_connection((HOST, port), timeout=PATIENCE) as sock:
        read_to_the_end(sock)  # would time out, and fail, if it were kept
    assert status(client)


def test_a_model_with_a_wicked_name_is_only_unknown(client):
    name = put(client, picture())
    for model in ("../../etc/passwd", "/", ".", "moody/../moody", "\x00", "%s%n"):
        with pytest.raises(Exception, match=r"\.") as refused:
            client.request(Encode(name, model))
        assert refused.value.code in ("model.unknown", "protocol.field")


def test_many_short_connections_leave_nothing_behind(shared_house, client):
    known = Connection.read(shared_house.places.connection_file)
    for _ in range(150):
        Client(known, "short").close()
    until(lambda: status(client)["clients"] == ["test"], "the end of all of them")
