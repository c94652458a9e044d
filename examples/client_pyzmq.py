# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole Maskwright client written from docs/protocol.md with plain pyzmq, and Pillow for the image files.

    python client_pyzmq.py PICTURE X Y MASK.png

puts the picture, clicks at the pixel (X, Y) and writes the mask of the object there as a grey PNG of the same size.
The daemon must be running: `maskwright daemon start`.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import secrets
import struct
import sys
from pathlib import Path
from typing import Any, Self

import zmq
from PIL import Image

STRIPE = 1 << 20

Buffer = bytes | memoryview
Reply = tuple[dict[str, Any], list[bytes]]


def connection_file() -> Path:
    """Return the path of the daemon's connection file."""
    env = os.environ
    if env.get("MASKWRIGHT_RUNTIME"):
        folder = Path(env["MASKWRIGHT_RUNTIME"])
    elif env.get("MASKWRIGHT_HOME"):
        folder = Path(env["MASKWRIGHT_HOME"]) / "run"
    elif is_absolute(env.get("XDG_RUNTIME_DIR", "")) and Path(env["XDG_RUNTIME_DIR"]).is_dir():
        folder = Path(env["XDG_RUNTIME_DIR"]) / "maskwright"
    else:
        folder = user_data() / "maskwright" / "run"
    return folder.expanduser() / "connection.json"


def user_data() -> Path:
    """Return the platform's folder for a user's data."""
    if sys.platform == "win32":
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return Path(chosen) if is_absolute(chosen) else Path.home() / ".local" / "share"


def is_absolute(folder: str) -> bool:
    """Return whether a folder is given, and not a relative one."""
    return bool(folder) and Path(folder).is_absolute()


class Daemon:
    """A connection to the daemon, which has proven itself; use it as a context manager."""

    def __init__(self, seconds: int = 60) -> None:
        known = json.loads(connection_file().read_text(encoding="utf-8"))
        self._ids = itertools.count(1)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.plain_username = b"maskwright"
        self._socket.plain_password = known["token"].encode()
        self._socket.linger = 0
        self._socket.reconnect_ivl = -1  # a restarted daemon has another port and token
        self._socket.rcvtimeo = self._socket.sndtimeo = seconds * 1000
        self._socket.connect(f"tcp://127.0.0.1:{known['port']}")
        self.default_model = self._hello(known)

    def _hello(self, known: dict[str, Any]) -> str:
        nonce = secrets.token_hex(32)
        header, _ = self.ask("hello", nonce=nonce, client="client_pyzmq", version="1")
        message = f"maskwright daemon {known['port']} {nonce}".encode()
        proof = hmac.new(known["secret"].encode(), message, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, header["proof"]):
            raise RuntimeError("Another program answers in the daemon's place: restart the daemon.")
        return str(header["default_model"])

    def send(self, kind: str, *frames: Buffer, **fields: Any) -> int:
        """Send one message and return its id."""
        number = next(self._ids)
        header = {"protocol": 1, "type": kind, "id": number, **fields}
        self._socket.send_multipart([json.dumps(header).encode(), *frames], copy=False)
        return number

    def wait(self, number: int) -> Reply:
        """Return header and frames of the reply to a request."""
        while True:
            head, *frames = self._socket.recv_multipart()
            header = json.loads(head)
            if header["id"] != number or header["type"] == "progress":
                continue
            if header["type"] == "error":
                raise RuntimeError(f"{header['message']} [{header['code']}]")
            return header, frames

    def ask(self, kind: str, *frames: Buffer, **fields: Any) -> Reply:
        """Send a request and return header and frames of its reply."""
        return self.wait(self.send(kind, *frames, **fields))

    def put(self, image: Image.Image) -> str:
        """Send an RGB picture in stripes and return the name that the daemon gives it."""
        pixels = memoryview(image.tobytes())
        number = self.send("image.put", width=image.width, height=image.height, channels="RGB")
        for offset in range(0, len(pixels), STRIPE):
            self.send("image.stripe", pixels[offset : offset + STRIPE], put=number, offset=offset)
        return str(self.wait(number)[0]["image"])

    def mask_at(self, name: str, x: int, y: int) -> Image.Image:
        """Return the mask of the object at a pixel, at the picture's full size."""
        click = struct.pack("<ffi", x + 0.5, y + 0.5, 1)
        header, frames = self.ask("apply", click, image=name, model=self.default_model)
        mask = Image.new("L", (header["width"], header["height"]))
        left, top, width, height = header["masks"][0]["bounds"]
        if width and height:
            mask.paste(Image.frombytes("L", (width, height), b"".join(frames)), (left, top))
        return mask

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._context.term()


def main(picture: str, x: str, y: str, result: str) -> None:
    """Write the mask of the object at a pixel of a picture."""
    with Image.open(picture) as image, Daemon() as daemon:
        name = daemon.put(image.convert("RGB"))
        daemon.mask_at(name, int(x), int(y)).save(result)


if __name__ == "__main__":
    main(*sys.argv[1:])
