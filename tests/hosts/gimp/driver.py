# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside GIMP as a batch script: takes calls from the tests over a socket until they hang up.

Each call names `module:function` of the scenarios folder; a generator is driven to its end.
"""

import importlib
import json
import os
import socket
import sys
import traceback
from pathlib import Path


def serve():
    bundle, scenarios = os.environ["MASKWRIGHT_TEST_BUNDLE"], os.environ["MASKWRIGHT_TEST_SCENARIOS"]
    sys.path[:0] = [bundle, scenarios, str(Path(scenarios).parents[1])]
    sys.dont_write_bytecode = True
    port = int(os.environ["MASKWRIGHT_TEST_PORT"])
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as stream:
        send(stream, {"ready": True})
        for line in stream:
            send(stream, answer(json.loads(line)))


def answer(message):
    try:
        module, _, name = message["call"].partition(":")
        result = getattr(importlib.import_module(module), name)(**message["args"])
        json.dumps(result)
    except Exception:  # noqa: BLE001 - the test is told
        return {"error": traceback.format_exc()}
    return {"result": result}


def send(stream, message):
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


serve()
