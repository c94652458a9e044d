# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets into a real daemon, and that it proves itself before anybody sends it a pixel."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import stat

import pytest
import zmq
from tests.protocol.house import PATIENCE, status
from tests.protocol.pictures import ENDLESS, encode, picture, put
from tests.unit.scripted_server import ScriptedServer, read_frame, read_to_the_end, shake_hands

from maskwright_shared import wire
from maskwright_shared.client import Client
from maskwright_shared.connection import HOST, USERNAME, Connection
from maskwright_shared.errors import ConnectionFailed, RequestError
from maskwright_shared.messages import Hello, Shutdown, Status, Welcome
from maskwright_shared.version import VERSION
from maskwright_shared.zmtp import Dealer


@pytest.fixture
def known(shared_house, client):
    return Connection.read(shared_house.places.connection_file)


def test_the_daemon_says_who_it_is_and_proves_it(client, known):
    nonce = secrets.token_hex(32)
    reply = client.request(Hello(nonce, "test", VERSION))
    assert isinstance(reply, Welcome)
    assert known.proves(nonce, reply.proof)
    assert (reply.pid, reply.version) == (known.pid, VERSION)
    assert reply.default_model == "maskwright-builtin"


def test_only_the_owner_may_read_how_to_reach_it(shared_house, client):
    places = shared_house.places
    assert stat.S_IMODE(places.connection_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(places.runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(places.lock_file.stat().st_mode) == 0o600


def test_nothing_is_answered_before_hello(known):
    with Dealer(HOST, known.port, USERNAME, known.token) as dealer:
        dealer.send(wire.encode(7, Status()))
        envelope = wire.decode(dealer.receive(PATIENCE))
    assert envelope.id == 7
    assert envelope.message.code == "request.hello"


@pytest.mark.parametrize("change", ["token", "name"])
def test_a_wrong_token_or_name_is_refused(known, change):
    token = secrets.token_hex(32) if change == "token" else known.token
    name = USERNAME if change == "token" else "somebody"
    with pytest.raises(ConnectionFailed) as refused:
        Dealer(HOST, known.port, name, token)
    assert refused.value.code == "connection.denied"


def test_a_wrong_token_in_libzmq_brings_no_message_through(known, client):
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.plain_username, dealer.plain_password = USERNAME.encode(), b"wrong"
        dealer.linger, dealer.reconnect_ivl = 0, -1
        monitor = dealer.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        dealer.connect(f"tcp://{HOST}:{known.port}")
        dealer.send_multipart(wire.encode(1, Shutdown()))
        assert monitor.poll(int(1000 * PATIENCE))
        dealer.disable_monitor()
        monitor.close()
    assert status(client)["pid"] == known.pid


def web_page(message):
    """Return an HTTP POST, as any web page can make one, in which an old ZeroMQ reader finds `message`.

    Version 1 of the protocol has no greeting: "P" is the length of the first frame, and characters of the path
    are the length and the flags of a second one that ends where the body begins.
    """
    tail = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n"
    start = "POST /".ljust(1 + ord("P"), "a") + chr(len(tail) + 1) + "b" + tail
    return start.encode() + bytes([len(message) + 1, 0]) + message


def post(port, page):
    with socket.create_connection((HOST, port), timeout=PATIENCE) as sock:
        sock.sendall(page)
        with contextlib.suppress(OSError):  # thrown out already
            sock.shutdown(socket.SHUT_WR)
        read_to_the_end(sock)


def test_a_web_page_cannot_speak_to_it(known, client):
    message = json.dumps({"protocol": 1, "type": "shutdown", "id": 1}).encode()
    page = web_page(message)
    with zmq.Context() as context, context.socket(zmq.ROUTER) as open_to_all:
        open_to_all.linger, open_to_all.rcvtimeo = 0, int(1000 * PATIENCE)
        port = open_to_all.bind_to_random_port(f"tcp://{HOST}")
        post(port, page)
        received = [open_to_all.recv_multipart()[-1] for _ in range(2)]
    assert message in received  # so the page does work where nothing keeps it out
    post(known.port, page)
    assert status(client)["pid"] == known.pid


def impostor(heard):
    """Return a script that lets in anybody, as a program on a dead daemon's port may, and answers hello."""

    def script(sock):
        shake_hands(sock)
        heard.append(read_frame(sock)[1])
        reply = wire.encode(1, Welcome(VERSION, "0" * 64, 1, "m"))[0]
        sock.sendall(b"\x02" + len(reply).to_bytes(8, "big") + reply)
        read_to_the_end(sock)

    return script


def test_an_impostor_hears_nothing_but_hello(house):
    heard = []
    with ScriptedServer(impostor(heard)) as server:
        house.places.runtime.mkdir(mode=0o700)
        Connection.fresh(server.port).write(house.places.connection_file)
        with pytest.raises(ConnectionFailed) as refused:
            Client(Connection.read(house.places.connection_file), "test")
    assert refused.value.code == "connection.impostor"
    assert json.loads(heard[0])["type"] == "hello"
    assert len(heard) == 1


def test_a_daemon_is_started_in_an_impostors_place(house):
    with ScriptedServer(impostor([])) as server:
        house.places.runtime.mkdir(mode=0o700)
        false = Connection.fresh(server.port)
        false.write(house.places.connection_file)
        with house.connect() as client:
            assert put(client, picture())
            true = Connection.read(house.places.connection_file)
    assert true.port != server.port
    assert true.token != false.token


def test_every_start_has_fresh_secrets(house):
    seen = []
    for _ in range(2):
        with house.connect():
            seen.append(Connection.read(house.places.connection_file))
        house.kill()
    assert seen[0].token != seen[1].token
    assert seen[0].secret != seen[1].secret


def test_a_second_hello_is_answered_and_changes_nothing(client):
    client.request(Hello("0" * 64, "renamed", VERSION))
    assert "renamed" in status(client)["clients"]


def test_a_reply_is_no_request(client):
    with pytest.raises(Exception, match="not a request") as refused:
        client.request(Welcome(VERSION, "0" * 64, 1, "m"))
    assert refused.value.code == "protocol.type"


def test_an_id_in_use_is_refused_and_the_first_request_goes_on(client):
    name = put(client, picture(red=ENDLESS))
    first = client.send(encode(name))
    client.dealer.send(wire.encode(first, Status()))
    with pytest.raises(RequestError) as refused:
        client.wait_for(first)
    assert refused.value.code == "request.id"
    assert status(client)["encoding"] == 1
