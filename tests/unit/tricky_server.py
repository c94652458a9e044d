# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server on the loopback interface that serves files, and plays the tricks that servers play."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Trick:
    """How one path is answered; `times` limits the trick to the first requests, after which the file is served well."""

    def __init__(self, *, times=10**9, **how):
        self.times, self.how = times, how


class TrickyServer:
    """Serves `files` by path; `tricks` maps a path to a Trick; `requests` notes (path, headers) of each request.

    Tricks: `status` (with `headers` and `body`), `redirect` (to an address), `cut` (closes after so many bytes of the
    answer), `length` (a false Content-Length), `kind` (a Content-Type), `ignore_range`, `wrong_range`, `stall` (so
    many bytes, then nothing), `drip` (so many bytes every quarter of a second), `etag` and `body` (others than the
    file's), `chunked`, `ignore_if_range`, `modified` (a Last-Modified).
    """

    def __init__(self):
        self.files, self.tricks, self.requests = {}, {}, []
        self.stalled = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.tricky = self
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def ranges(self, path):
        """Return the Range header of each request for a path, None where there was none."""
        return [headers.get("Range") for seen, headers in self.requests if seen == path]

    def close(self):
        self.stalled.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def trick(self, path):
        with self._lock:
            trick = self.tricks.get(path)
            if trick is None or trick.times <= 0:
                return {}
            trick.times -= 1
            return trick.how


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith("http://"):  # as a proxy is asked
            path = "/proxied/" + path.removeprefix("http://")
        self.server.tricky.requests.append((path, dict(self.headers)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.answer(path, self.server.tricky.trick(path))
        self.close_connection = True

    def answer(self, path, trick):
        if "redirect" in trick:
            return self.head(302, {"Location": trick["redirect"], "Content-Length": "0"})
        data = trick.get("body", self.server.tricky.files.get(path))
        if "status" in trick or data is None:
            body = trick.get("body", b"<html>sorry</html>")
            kind = {"Content-Type": "text/html", "Content-Length": str(len(body))}
            self.head(trick.get("status", 404), {**kind, **trick.get("headers", {})})
            return self.wfile.write(body)
        return self.serve(data, trick)

    def serve(self, data, trick):
        etag = trick.get("etag", f'"{hashlib.md5(data).hexdigest()}"')
        start = self.first_byte(etag, trick)
        if start >= len(data):
            return self.head(416, {"Content-Range": f"bytes */{len(data)}", "Content-Length": "0"})
        headers = {
            "Content-Type": trick.get("kind", "application/octet-stream"),
            **({"ETag": etag} if etag else {}),
            **({"Last-Modified": trick["modified"]} if "modified" in trick else {}),
        }
        if start:
            first = 0 if "wrong_range" in trick else start
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        length = {"Content-Length": str(trick.get("length", len(body)))}
        self.head(
            206 if start else 200,
            {**headers, **({"Transfer-Encoding": "chunked"} if "chunked" in trick else length)},
        )
        return self.send_body(body, trick)

    def first_byte(self, etag, trick):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = "ignore_if_range" in trick or self.headers.get("If-Range") in (
            None,
            etag,
            trick.get("modified"),
        )
        believed = same and "ignore_range" not in trick
        return int(wanted[1]) if wanted and believed else 0

    def send_body(self, body, trick):
        if "stall" in trick:
            self.wfile.write(body[: trick["stall"]])
            self.wfile.flush()
            self.server.tricky.stalled.wait(60)
            return
        if "drip" in trick:
            for at in range(0, len(body), trick["drip"]):
                self.wfile.write(body[at : at + trick["drip"]])
                self.server.tricky.stalled.wait(0.25)
            return
        body = body[: trick.get("cut", len(body))]
        if "chunked" in trick:
            self.wfile.write(
                f"{len(body):x}\r\n".encode() + body + b"\r\n" + (b"" if "cut" in trick else b"0\r\n\r\n")
            )
        else:
            self.wfile.write(body)

    def head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
