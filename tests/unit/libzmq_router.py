# SPDX-License-Identifier: GPL-3.0-or-later
"""A real libzmq ROUTER that lets in one user by PLAIN, as the daemon's socket does."""

from __future__ import annotations

import threading

import zmq

USER, PASSWORD = "user", "pass wd"
PATIENCE_MS = 20_000


class Gate:
    """A ZAP server (https://rfc.zeromq.org/spec/27) in a thread, for one context."""

    def __init__(self, context):
        self._socket = context.socket(zmq.REP)
        self._socket.bind("inproc://zeromq.zap.01")
        self._control = context.socket(zmq.PAIR)
        self._control.bind("inproc://gate-control")
        self._thread = threading.Thread(target=self._run, args=(context,))
        self._thread.start()

    def _run(self, context):
        end = context.socket(zmq.PAIR)
        end.connect("inproc://gate-control")
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(end, zmq.POLLIN)
        while end not in dict(poller.poll()):
            version, sequence, *_, mechanism, name, password = self._socket.recv_multipart()
            good = (mechanism, name, password) == (b"PLAIN", USER.encode(), PASSWORD.encode())
            self._socket.send_multipart([version, sequence, b"200" if good else b"400", b"", b"", b""])
        end.close(0)
        self._socket.close(0)

    def close(self):
        self._control.send(b"")
        self._thread.join(20)
        self._control.close(0)


class Router:
    """A ROUTER on a free port of the loopback, or on a given one; `options` are set before it is bound."""

    def __init__(self, *, port=None, options=(), plain=True):
        self._context = zmq.Context()
        self._gate = Gate(self._context)
        self.socket = self._context.socket(zmq.ROUTER)
        self.socket.plain_server = plain
        self.socket.linger = 0
        self.socket.sndhwm = 0  # a ROUTER drops what goes beyond it, without a word
        self.socket.rcvtimeo = self.socket.sndtimeo = PATIENCE_MS
        for name, value in options:
            self.socket.setsockopt(name, value)
        self.socket.bind(f"tcp://127.0.0.1:{port or '*'}")
        self.port = int(self.socket.last_endpoint.rsplit(b":", 1)[1])

    def receive(self):
        return self.socket.recv_multipart()

    def send(self, peer, *frames):
        self.socket.send_multipart([peer, *frames], copy=False)

    def close(self):
        self.socket.close(0)
        self._gate.close()
        self._context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
