# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python package index, asked with the standard library alone.

Two programs come from here when there is no pip yet: pip itself, and uv. The answers are those of the simple
repository API, in HTML (PEP 503) or JSON (PEP 691).
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from html.parser import HTMLParser
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

from .problems import NO_NETWORK, SetupError
from .settings import IndexSettings

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LARGEST = 64 << 20
_SILENCE = 20
"""Seconds after which a server that says nothing counts as gone."""


class Link(NamedTuple):
    """One file of the index; `sha256` is empty where the index gives none."""

    name: str
    url: str
    sha256: str


class PackageIndex:
    """The index, or the indexes, of the user's settings."""

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._opener = urllib.request.build_opener(*_handlers(settings))

    def open(self, url: str, headers: Dict[str, str]) -> Any:
        """Return the answer to a GET request, to be closed by the caller; it may raise any `OSError`."""
        plain, login = _without_login(url)
        request = urllib.request.Request(plain, headers={**login, **headers})  # noqa: S310 (a local index is a file)
        return self._opener.open(request, timeout=_SILENCE)

    def links(self, project: str) -> List[Link]:
        """Return the files of a project that were not withdrawn, from the first index that has it.

        Raises:
            SetupError: no index can be reached, or none has the project.
        """
        trouble: List[str] = []
        for base in self._settings.urls:
            try:
                return self._page(f"{base}/{project}/")
            except urllib.error.HTTPError as error:
                trouble.append(f"{error.code} {error.reason}")
            except (OSError, ValueError) as error:
                trouble.append(str(error))
        if all(words.startswith("404") for words in trouble):
            raise SetupError(
                f"The package index has no {project}: check the index settings of pip.", str(trouble)
            )
        raise SetupError(NO_NETWORK, str(trouble))

    def _page(self, url: str) -> List[Link]:
        if url.startswith("file:"):
            url += "index.html"
        with self.open(url, {"Accept": _ACCEPT}) as answer:
            body = answer.read(_LARGEST).decode("utf-8")
            base = answer.geturl()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
        login = urlsplit(url).netloc.rpartition("@")[0]
        links = _from_json(body, base) if is_json else _from_html(body, base)
        return [link._replace(url=_with_login(link.url, login, base)) for link in links]


def _from_json(body: str, base: str) -> List[Link]:
    files = json.loads(body)["files"]
    return [
        Link(file["filename"], urljoin(base, file["url"]), file.get("hashes", {}).get("sha256", ""))
        for file in files
        if not file.get("yanked")
    ]


def _from_html(body: str, base: str) -> List[Link]:
    page = _Anchors()
    page.feed(body)
    links = []
    for address in page.addresses:
        url, fragment = urldefrag(urljoin(base, address))
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        kind, _, digest = fragment.partition("=")
        links.append(Link(name, url, digest if kind == "sha256" else ""))
    return links


class _Anchors(HTMLParser):
    """Collects the addresses of all links that were not withdrawn."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Take a link's address (called by the parser)."""
        values = dict(attrs)
        address = values.get("href")
        if tag == "a" and address and "data-yanked" not in values:
            self.addresses.append(address)


def _handlers(settings: IndexSettings) -> List[urllib.request.BaseHandler]:
    handlers: List[urllib.request.BaseHandler] = []
    if settings.certificate:
        context = ssl.create_default_context(cafile=settings.certificate)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    if settings.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": settings.proxy, "https": settings.proxy}))
    return handlers


def _without_login(url: str) -> Tuple[str, Dict[str, str]]:
    """Return the address without a name and password in it, and the header that carries them instead."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    secret = base64.b64encode(unquote(login).encode("utf-8")).decode("ascii")
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {secret}"}


def _with_login(url: str, login: str, base: str) -> str:
    """Return a link of the index with the index's login, as long as it leads to the same host."""
    parts = urlsplit(url)
    if not login or "@" in parts.netloc or parts.netloc != urlsplit(base).netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))
