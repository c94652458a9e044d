# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed into the environment: the wheel that a bundle carries, or a checkout of the project."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

from .problems import SetupError

CARRIED = "backend"
"""The folder of a bundle that holds the wheel."""

_PACKAGES = ("shared/maskwright_shared", "backend/maskwright_backend", "plugin/maskwright_plugin")


class Source(NamedTuple):
    """A wheel (a file) or a checkout (a folder); `linked` leaves the checkout's code where it is, for developers."""

    path: Path
    linked: bool = False
    extra: str = ""
    """The name of a group of optional dependencies, or none."""

    @property
    def requirement(self) -> str:
        """Return it as pip's command line names it."""
        return f"{self.path}[{self.extra}]" if self.extra else str(self.path)

    def digest(self) -> str:
        """Return what changes whenever an environment made from it has to be brought up to date."""
        digest = hashlib.sha256(
            repr((self.linked, self.extra, str(self.path) if self.linked else "")).encode()
        )
        for path in self._files():
            digest.update(f"{path.relative_to(self.path.parent)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _files(self) -> Iterator[Path]:
        """Yield the files that what is installed depends on; of a linked checkout only its list of dependencies."""
        if self.path.is_file():
            yield self.path
            return
        yield self.path / "pyproject.toml"
        for package in () if self.linked else _PACKAGES:
            for path in sorted((self.path / package).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path


def find_source(bundle: Optional[Path] = None) -> Source:
    """Return the wheel carried by the bundle that this file lies in (or by `bundle`), or the checkout around it.

    Raises:
        SetupError: neither is there.
    """
    here = bundle or bundle_folder()
    wheels = sorted((here / CARRIED).glob("maskwright-*.whl"))
    if wheels:
        return Source(wheels[-1])
    checkout = Path(os.path.realpath(__file__)).parents[3]
    if (checkout / "pyproject.toml").is_file():
        return Source(checkout)
    raise SetupError(
        "This plugin was installed without its backend: install it again from the zip or by install.py."
    )


def bundle_folder() -> Path:
    """Return the folder that holds the package `maskwright_plugin`: inside an editor, the plugin's own folder."""
    return Path(__file__).absolute().parents[2]
