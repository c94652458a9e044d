# SPDX-License-Identifier: GPL-3.0-or-later
"""The test-only plugin: runs scenario functions inside Krita for a test outside, over one loopback connection.

A line of JSON `{"call": "module:function", "args": {...}}` comes in, one line `{"result": ...}` or `{"error": ...}`
goes out. A scenario is a function or a generator. What a generator yields is waited for while Krita's event loop
runs: a number is milliseconds, a callable is asked until it is true (40 s at most).
"""

import importlib
import inspect
import json
import os
import socket
import sys
import time
import traceback

from PyQt5.QtCore import QSocketNotifier, QTimer

from krita import Extension, Krita

PATIENCE = 40.0


class Driver:
    """The connection to the test, and the scenario that runs now."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._buffer = b""
        self._calls = []
        self._running = False
        self._notifier = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Read)
        self._notifier.activated.connect(self._on_readable)
        self._send({"ready": Krita.instance().version()})

    def _send(self, message):
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def _on_readable(self, *_):
        data = self._socket.recv(65536)
        if not data:
            self._notifier.setEnabled(False)
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._calls += [json.loads(line) for line in lines]
        self._next()

    def _next(self):
        if self._running or not self._calls:
            return
        call = self._calls.pop(0)
        self._running = True
        name, _, function = call["call"].partition(":")
        try:
            result = getattr(importlib.import_module(name), function)(**call["args"])
        except Exception:  # noqa: BLE001 - whatever it is, the test outside is told
            self._failed()
            return
        if inspect.isgenerator(result):
            self._step(result)
        else:
            self._done(result)

    def _step(self, scenario):
        try:
            wait = next(scenario)
        except StopIteration as end:
            self._done(end.value)
        except Exception:  # noqa: BLE001 - whatever it is, the test outside is told
            self._failed()
        else:
            if callable(wait):
                self._poll(scenario, wait, time.monotonic() + PATIENCE)
            else:
                QTimer.singleShot(int(wait), lambda: self._step(scenario))

    def _poll(self, scenario, condition, deadline):
        try:
            held = condition()
        except Exception:  # noqa: BLE001 - whatever it is, the test outside is told
            self._failed()
            return
        if not held and time.monotonic() > deadline:
            try:
                scenario.throw(TimeoutError("the scenario waited in vain"))
            except StopIteration as end:
                self._done(end.value)
            except Exception:  # noqa: BLE001 - whatever it is, the test outside is told
                self._failed()
            return
        if held:
            QTimer.singleShot(0, lambda: self._step(scenario))
        else:
            QTimer.singleShot(20, lambda: self._poll(scenario, condition, deadline))

    def _failed(self):
        self._running = False
        self._send({"error": traceback.format_exc()})
        self._next()

    def _done(self, result):
        self._running = False
        self._send({"result": result})
        self._next()


class DriverExtension(Extension):
    """Starts the driver when the first window is there."""

    def setup(self):
        """Krita calls this once; there is no window yet."""

    def createActions(self, window):  # noqa: N802 - Krita's name
        """Krita calls this for each window."""
        if getattr(DriverExtension, "driver", None) is None:
            DriverExtension.driver = "soon"
            QTimer.singleShot(0, self._start)

    def _start(self):
        DriverExtension.driver = Driver(int(os.environ["MASKWRIGHT_TEST_PORT"]))


if os.environ.get("MASKWRIGHT_TEST_PORT"):
    sys.path.insert(0, os.environ["MASKWRIGHT_TEST_SCENARIOS"])
    Krita.instance().addExtension(DriverExtension(Krita.instance()))
