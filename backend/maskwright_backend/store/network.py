# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to the network: proxies and mirrors from the user's environment, redirects followed but never to less.

Nothing here is used unless the user asked for a download.
"""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from maskwright_shared.version import VERSION

from .refusals import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MIRRORS = {"HF_ENDPOINT": "https://huggingface.co", "MASKWRIGHT_GITHUB_ENDPOINT": "https://github.com"}
"""A variable that names a mirror, and the site it stands for."""

VARIABLES = (
    *MIRRORS, "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"
)  # fmt: skip
"""What a download takes from the environment of the program that asks for it."""

CONNECT_SECONDS = 20.0
STALL_SECONDS = 30.0


def mirrored(url: str, environment: Mapping[str, str]) -> str:
    """Return the address at the mirror that the environment names for its site."""
    for name, site in MIRRORS.items():
        mirror = environment.get(name)
        if mirror and url.startswith(site + "/"):
            return mirror.rstrip("/") + url.removeprefix(site)
    return url


class Line:
    """Requests over connections that a cancelled task can cut, whatever they wait for; a context manager."""

    def __init__(self, environment: Mapping[str, str], check: Callable[[], None]) -> None:
        self._check = check
        self._sockets: list[socket.socket] = []
        self._done = threading.Event()
        self._opener = urllib.request.OpenerDirector()
        handlers = (
            _Proxies(environment),
            _Http(self._sockets),
            _Https(self._sockets),
            _Redirects(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        )
        for handler in handlers:
            self._opener.add_handler(handler)

    def get(self, url: str, headers: Mapping[str, str]) -> Any:
        """Return the response to a GET; status 400 and above raise urllib's HTTPError, which is a response too."""
        if _scheme(url) not in ("http", "https"):
            raise failed(f"Only http and https addresses can be downloaded from, not {url}.")
        agent = {"User-Agent": f"Maskwright/{VERSION}", "Accept-Encoding": "identity", "Accept": "*/*"}
        request = urllib.request.Request(url, headers={**agent, **headers})  # noqa: S310 - checked above
        return self._opener.open(request, timeout=STALL_SECONDS)

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="download watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        """Cut the connections as soon as the task is cancelled, so that a silent server holds nobody."""
        while not self._done.wait(0.1):
            try:
                self._check()
            except Exception:  # noqa: BLE001 - whatever the reason is, the reader raises it itself
                for connection in list(self._sockets):
                    _cut(connection)


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already


def _scheme(url: str) -> str:
    """Return an address's scheme.

    Raises:
        ModelError: `model.download` for one that no connection can be made to.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at here, since it would otherwise fail with a connection half made
    except ValueError as error:
        raise failed(f"{url} is no address that can be used.", str(error)) from error
    return parts.scheme


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 10

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        """Follow; an answer that cannot be followed is closed, which urllib leaves to chance."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except urllib.error.HTTPError:
            raise  # it carries the answer
        except BaseException:
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """Follow, unless the new address is not encrypted where the old one was."""
        old, new = _scheme(req.full_url), _scheme(newurl)
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise failed(
                f"The server sends on to {newurl}, which is not protected: nothing was downloaded from there."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Proxies(urllib.request.ProxyHandler):
    def __init__(self, environment: Mapping[str, str]) -> None:
        chosen = {}
        for scheme in ("http", "https"):
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
            proxy = next((environment[name] for name in names if environment.get(name)), None)
            if proxy is not None:
                chosen[scheme] = _http_proxy(proxy)
        self._none_for = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        super().__init__(chosen)

    def proxy_open(self, req: Any, proxy: str, type: str) -> Any:
        """Go through the proxy, unless `no_proxy` names the host."""
        bypass = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009 - not in the type stubs
        if req.host and self._none_for and bypass(req.host, {"no": self._none_for}):
            return None
        return super().proxy_open(req, proxy, type)


def _http_proxy(proxy: str) -> str:
    try:
        scheme = urlsplit(proxy).scheme if "://" in proxy else "http"
    except ValueError:
        scheme = ""
    if scheme not in ("http", "https"):
        raise failed(f"The proxy {proxy} cannot be used: name an HTTP proxy in https_proxy.")
    return proxy if "://" in proxy else f"http://{proxy}"


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._connection = _kept(http.client.HTTPConnection, sockets)

    def http_open(self, req: Any) -> Any:
        """Open with a connection that is remembered."""
        return self.do_open(self._connection, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: list[socket.socket]) -> None:
        super().__init__()
        self._connection = _kept(http.client.HTTPSConnection, sockets)

    def https_open(self, req: Any) -> Any:
        """Open with a connection that is remembered."""
        return self.do_open(self._connection, req)


def _kept(kind: Any, sockets: list[socket.socket]) -> Any:
    """Return a kind of connection that notes its socket, and gives up soon where nobody answers."""

    class Connection(kind):  # type: ignore[misc]
        def connect(self) -> None:
            self.timeout = CONNECT_SECONDS
            super().connect()
            self.sock.settimeout(STALL_SECONDS)
            sockets.append(self.sock)

    return Connection
