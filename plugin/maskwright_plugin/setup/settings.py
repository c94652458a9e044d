# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package index to ask: what the user told pip or uv, and the public one otherwise.

Environment variables win over configuration files, those of pip over those of uv, as a company's mirror is
usually set up in one of these places. Only what this needs is read: addresses, certificate and proxy.
"""

from __future__ import annotations

import configparser
import os
import sys
from pathlib import Path
from typing import Dict, Iterator, Mapping, NamedTuple, Optional, Tuple

PUBLIC = "https://pypi.org/simple"

_MAIN = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_EXTRA = ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


class IndexSettings(NamedTuple):
    """Where the index is and how it is reached."""

    urls: Tuple[str, ...] = (PUBLIC,)
    certificate: Optional[str] = None
    proxy: Optional[str] = None


def find_settings(environment: Optional[Mapping[str, str]] = None) -> IndexSettings:
    """Return the settings of this user; `environment` is the process's by default."""
    env = os.environ if environment is None else environment
    config = _pip_config(env)
    main = _first(env, _MAIN) or config.get("index-url") or PUBLIC
    extra = _first(env, _EXTRA) or config.get("extra-index-url") or ""
    return IndexSettings(
        tuple(_address(url) for url in [main, *extra.split()]),
        env.get("PIP_CERT") or config.get("cert") or None,
        env.get("PIP_PROXY") or config.get("proxy") or None,
    )


def _first(env: Mapping[str, str], names: Tuple[str, ...]) -> str:
    return next((env[name] for name in names if env.get(name)), "")


def _address(url: str) -> str:
    """Return the address without uv's `name=` in front and a slash at the end."""
    name, equals, rest = url.strip().partition("=")
    return (rest if equals and name.isidentifier() else url.strip()).rstrip("/")


def _pip_config(env: Mapping[str, str]) -> Dict[str, str]:
    """Return what pip's configuration files say, the more personal file winning over the more general one."""
    values: Dict[str, str] = {}
    for path in _pip_files(env):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself will say what is wrong with it
        for section in ("global", "install"):
            if parser.has_section(section):
                values.update(parser.items(section))
    return values


def _pip_files(env: Mapping[str, str]) -> Iterator[Path]:
    chosen = env.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = Path(env.get("HOME") or Path.home())
    if sys.platform == "win32":
        yield Path(env.get("PROGRAMDATA", r"C:\ProgramData")) / "pip" / "pip.ini"
        yield home / "pip" / "pip.ini"
        yield Path(env.get("APPDATA", home)) / "pip" / "pip.ini"
    else:
        yield from _pip_files_of_unix(env, home)
    if chosen:
        yield Path(chosen)


def _pip_files_of_unix(env: Mapping[str, str], home: Path) -> Iterator[Path]:
    for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
