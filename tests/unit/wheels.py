# SPDX-License-Identifier: GPL-3.0-or-later
"""Small wheels made on the spot, and a package index on this machine that serves them, misbehaving on demand."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def make_wheel(folder, name, version, files, requires=(), tag="py3-none-any"):
    """Write a wheel that holds `files` (path: text) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    members = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(member), text)
    return path


STUBS = ("numpy", "onnxruntime", "cv2", "PIL", "zmq", "xxhash")


def make_backend(folder, answer="first", requires=(), version="0.1.0"):
    """Write a stand-in for Maskwright's wheel: what it imports is there, and its command prints `answer`."""
    files = {f"{name}.py": "" for name in STUBS}
    files["maskwright_backend/__init__.py"] = ""
    files["maskwright_backend/__main__.py"] = (
        f"import os\nprint({answer!r}, os.environ.get('MASKWRIGHT_HOME', ''))\n"
    )
    return make_wheel(folder, "maskwright", version, files, requires)


class FakeIndex:
    """A simple repository on 127.0.0.1; use it as a context manager.

    `cut` bytes after the start of a file's answer the connection is closed, as often as `cuts` says.
    """

    def __init__(self, *, as_json=False, login="", ranges=True, cut=0, cuts=0):
        self.files = {}
        self.requests = []
        self.as_json = as_json
        self.login = login
        self.ranges = ranges
        self.cut = cut
        self.cuts = cuts
        self.wrong_hash = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def add(self, path: Path):
        self.files[path.name] = path.read_bytes()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/simple"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def page(self, project):
        files = {name: data for name, data in self.files.items() if name.partition("-")[0] == project}
        hashes = {
            name: "0" * 64 if self.wrong_hash else hashlib.sha256(data).hexdigest()
            for name, data in files.items()
        }
        if not files:
            return None, ""
        if self.as_json:
            listed = [
                {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": hashes[name]}}
                for name in files
            ]
            return json.dumps({"files": listed}).encode(), "application/vnd.pypi.simple.v1+json"
        links = "".join(f'<a href="../../files/{name}#sha256={hashes[name]}">{name}</a>\n' for name in files)
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"

    def _handler(index):  # noqa: N805 (the handler's own self is the request)
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                index.requests.append((self.path, dict(self.headers)))
                if index.login and self.headers.get("Authorization") != index.login:
                    self.send_error(401)
                    return
                kind, _, rest = self.path.strip("/").partition("/")
                body, content_type = (
                    index.page(rest) if kind == "simple" else (index.files.get(rest), "x/wheel")
                )
                if body is None:
                    self.send_error(404)
                    return
                self.answer(body, content_type, is_file=kind == "files")

            def answer(self, body, content_type, *, is_file):
                asked = self.headers.get("Range") if index.ranges and is_file else None
                start = int(asked.partition("=")[2].rstrip("-")) if asked else 0
                self.send_response(206 if asked else 200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                end = len(body)
                if is_file and index.cuts:
                    index.cuts -= 1
                    end = min(end, start + index.cut)
                self.wfile.write(body[start:end])

            def log_message(self, *_):
                pass

        return Handler
