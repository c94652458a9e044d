# SPDX-License-Identifier: GPL-3.0-or-later
"""The Dealer against the real thing: a libzmq ROUTER with PLAIN, and libzmq's own bytes beside ours."""

from __future__ import annotations

import random
import threading

import pytest
import zmq
from libzmq_router import PASSWORD, USER, Router
from scripted_server import (
    GREETING,
    READY,
    WELCOME,
    ScriptedServer,
    code_of,
    read_exactly,
    read_frame,
    read_to_the_end,
)

from maskwright_shared.zmtp import Dealer

HEARTBEAT = [(zmq.HEARTBEAT_IVL, 50), (zmq.HEARTBEAT_TIMEOUT, 400)]


def dealer(router, **options):
    return Dealer("127.0.0.1", router.port, USER, PASSWORD, **options)


def test_multipart_messages_of_all_sizes_both_ways():
    generator = random.Random(8)
    sizes = [0, 1, 255, 256, 4096, 4097, 65_535, 65_536, 1 << 20, 17 << 20]
    with Router() as router, dealer(router) as client:
        for size in sizes:
            frames = [b"header", generator.randbytes(size), b"", generator.randbytes(size // 2)]
            client.send(frames)
            peer, *heard = router.receive()
            assert heard == frames
            router.send(peer, *frames)
            assert client.receive(10) == frames


def test_many_small_messages_keep_their_order():
    with Router() as router, dealer(router) as client:
        for number in range(2000):
            client.send([str(number).encode()])
        for number in range(2000):
            peer, text = router.receive()
            assert text == str(number).encode()
            router.send(peer, text)
        assert [client.receive(10) for _ in range(2000)] == [[str(n).encode()] for n in range(2000)]


def test_two_clients_are_two_peers():
    with Router() as router, dealer(router) as one, dealer(router) as other:
        one.send([b"one"])
        other.send([b"other"])
        peers = {text: peer for peer, text in (router.receive(), router.receive())}
        router.send(peers[b"other"], b"for the other")
        router.send(peers[b"one"], b"for one")
        assert one.receive(10) == [b"for one"]
        assert other.receive(10) == [b"for the other"]


@pytest.mark.parametrize(
    ("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD), ("", ""), ("ü", "ö" * 100)]
)
def test_a_wrong_user_or_password_is_denied(user, password):
    with Router() as router:
        assert code_of(Dealer, "127.0.0.1", router.port, user, password) == "connection.denied"
        with dealer(router) as client:  # and the right one is still let in
            client.send([b"hello"])
            assert router.receive()[1] == b"hello"


def test_a_router_without_plain_is_not_given_the_token():
    with Router(plain=False) as router:
        assert code_of(dealer, router) == "connection.handshake"


def test_a_router_that_is_gone_is_lost_and_a_new_dealer_reaches_its_successor():
    with Router() as router:
        port = router.port
        client = dealer(router)
        client.send([b"one"])
        assert router.receive()[1] == b"one"
    assert code_of(client.receive, 10) == "connection.lost"
    assert code_of(dealer, router) == "connection.refused"
    with Router(port=port) as successor, dealer(successor) as client:
        client.send([b"two"])
        assert successor.receive()[1] == b"two"


def test_libzmq_s_heartbeats_are_answered_in_receive():
    with Router(options=HEARTBEAT) as router, dealer(router) as client:
        client.send([b"hello"])
        peer, _ = router.receive()
        assert client.receive(1.2) is None  # three time-outs of libzmq pass
        router.send(peer, b"still there")
        assert client.receive(10) == [b"still there"]


def test_libzmq_drops_a_client_that_does_not_answer_its_heartbeats():
    with Router(options=HEARTBEAT) as router:
        client = dealer(router, heartbeat=100)
        with router.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED) as monitor:
            assert monitor.poll(20_000)  # meanwhile nobody calls receive or pump
        assert code_of(client.receive, 10) == "connection.lost"


def test_libzmq_answers_our_heartbeats():
    with Router() as router, dealer(router, heartbeat=0.02, silence=5) as client:
        client.send([b"hello"])
        peer, _ = router.receive()
        assert client.receive(0.5) is None
        router.send(peer, b"still there")
        assert client.receive(10) == [b"still there"]


def test_a_router_that_is_not_read_ends_in_a_time_out():
    with Router(options=[(zmq.RCVHWM, 1)]) as router:
        client = dealer(router, send_timeout=0.5)

        def send_for_ever():
            while True:
                client.send([b"header", bytes(1 << 20)])

        assert code_of(send_for_ever) == "connection.timeout"


def test_an_image_in_stripes_arrives_while_replies_come():
    stripe = bytes(1 << 20)
    with Router(options=[(zmq.RCVHWM, 64), (zmq.SNDHWM, 64)]) as router, dealer(router) as client:

        def serve():
            for _ in range(64):
                peer, *frames = router.receive()
                assert len(frames[1]) == len(stripe)
                router.send(peer, b"progress")

        server = threading.Thread(target=serve)
        server.start()
        for _ in range(64):
            client.send([b"header", stripe])
        assert [client.receive(10) for _ in range(64)] == [[b"progress"]] * 64
        server.join(20)


def conversation(said, done):
    """Return a script that keeps all that a client says: greeting, commands, four frames, the answer to a PING."""

    def script(sock):
        sock.sendall(GREETING)  # libzmq says its greeting in two parts, the second as an answer to the first
        said.append(read_exactly(sock, 64))
        said.append(read_frame(sock))
        sock.sendall(WELCOME)
        said.append(read_frame(sock))
        sock.sendall(READY)
        said.extend(read_frame(sock) for _ in range(4))
        sock.sendall(b"\x04\x0a\x04PING\x00\x00ctx")
        said.append(read_frame(sock))
        done.set()
        read_to_the_end(sock)

    return script


def ours(port, frames, done):
    with Dealer("127.0.0.1", port, USER, PASSWORD) as client:
        client.send(frames)
        while not done.is_set():
            assert client.receive(0.05) is None


def theirs(port, frames, done):
    with zmq.Context() as context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.plain_username, client.plain_password = USER.encode(), PASSWORD.encode()
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send_multipart(frames)
        assert done.wait(20)


def test_our_bytes_are_libzmq_s_bytes():
    frames = [b"", b"x" * 255, b"y" * 256, b"z" * 5000]
    heard = []
    for client in (ours, theirs):
        said, done = [], threading.Event()
        with ScriptedServer(conversation(said, done)) as server:
            client(server.port, frames, done)
        heard.append(said)
    mine, libzmq = heard
    assert len(mine) == 8
    assert mine[1:] == libzmq[1:]
    assert mine[0][10:] == libzmq[0][10:]  # before that lies padding, which means nothing
