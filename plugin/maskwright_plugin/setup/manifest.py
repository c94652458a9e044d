# SPDX-License-Identifier: GPL-3.0-or-later
"""The record that a bundle carries of itself: `bundle.json`, by which it is recognised, replaced and removed.

It lists every file with its SHA-256 and every link with its target, as paths relative to the bundle's folder
(some lie beside it, such as Krita's `../maskwright.desktop`). What is not listed was not put there by the setup,
and stays. Neither does a listed file that was changed since go away.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional

from maskwright_shared.installation import FILE as NOTE

from .planted import leads_elsewhere

FILE = "bundle.json"
_LARGEST = 4 * 1024 * 1024
_PART = r"(?!\.\.?(?:/|$))[^/\\]+"
_ALLOWED = re.compile(rf"(?:\.\./|\.\./\.\./actions/)?{_PART}|{_PART}(?:/{_PART})+")


class Manifest(NamedTuple):
    """What was put into one bundle."""

    version: str
    files: Dict[str, str]
    links: Dict[str, str]
    enabled_in: str = ""
    """The settings file of Krita in which the setup switched the plugin on, or nothing."""

    @classmethod
    def read(cls, folder: Path) -> Optional[Manifest]:
        """Return the record of the bundle in `folder`; None where there is none, a foreign one, or only a link."""
        path = folder / FILE
        if folder.is_symlink() or path.is_symlink() or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                manifest = cls(**json.loads(file.read(_LARGEST)))
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        return manifest if _is_sound(manifest) else None

    def text(self) -> str:
        """Return it as the file's content."""
        return json.dumps(self._asdict(), indent=1, sort_keys=True) + "\n"

    def write(self, folder: Path) -> None:
        """Store it in a bundle's folder."""
        (folder / FILE).write_text(self.text(), "utf-8")


def _is_sound(manifest: Manifest) -> bool:
    """Whether it lists strings, and leads to nothing but its own folder and the two places beside it."""
    if not isinstance(manifest.files, dict) or not isinstance(manifest.links, dict):
        return False
    listed = {**manifest.files, **manifest.links}
    if not isinstance(manifest.enabled_in, str) or Path(manifest.enabled_in).name not in ("", "kritarc"):
        return False
    return all(isinstance(value, str) and _ALLOWED.fullmatch(name) for name, value in listed.items())


def sha256(path: Path) -> str:
    """Return the hash of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def remove_bundle(folder: Path, manifest: Manifest, *, changed_too: bool = False) -> List[Path]:
    """Remove what the manifest lists and no more, and return what was kept.

    Kept are listed files that somebody changed since (unless `changed_too`), and whatever is not listed. While
    something listed is kept, so is the record of it.
    """
    changed: Dict[str, str] = {}
    for name, digest in manifest.files.items():
        path = _inside(folder, name)
        if (
            path.is_symlink()
            or _is_behind_a_link(path, folder)
            or (path.is_file() and sha256(path) != digest and not changed_too)
        ):
            changed[name] = digest
        elif path.is_file():
            path.unlink()
    for name, target in manifest.links.items():
        path = _inside(folder, name)
        if path.is_symlink() and not _is_behind_a_link(path, folder) and os.readlink(path) == target:
            path.unlink()
    _remove_remains(folder, manifest)
    if changed:
        manifest._replace(files=changed, links={}).write(folder)
    return _kept(folder, changed)


def _remove_remains(folder: Path, manifest: Manifest) -> None:
    """Remove what Python and the setup add to a bundle, then the folders that are empty now."""
    (folder / NOTE).unlink() if (folder / NOTE).is_file() else None
    (folder / FILE).unlink() if (folder / FILE).is_file() else None
    ours = {_inside(folder, name).parent for name in [*manifest.files, *manifest.links]} | {folder}
    for parent in ours:
        if not (parent / "__pycache__").is_symlink() and not _is_behind_a_link(parent / "x", folder):
            shutil.rmtree(parent / "__pycache__", ignore_errors=True)
    for parent in sorted(
        ours | {up for one in ours for up in one.parents if folder in up.parents}, reverse=True
    ):
        is_ours = parent == folder or (folder in parent.parents and not leads_elsewhere(parent, folder))
        if is_ours and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


def _is_behind_a_link(path: Path, folder: Path) -> bool:
    """Whether somebody put a link in the place of a folder in which the file lay."""
    base = next(base for base in (folder, folder.parent, folder.parent.parent) if base in path.parents)
    return path.parent != base and leads_elsewhere(path.parent, base)


def _kept(folder: Path, changed: Dict[str, str]) -> List[Path]:
    beside = [_inside(folder, name) for name in changed]
    inside = (
        [path for path in folder.rglob("*") if not path.is_dir() and path.name != FILE]
        if folder.is_dir()
        else []
    )
    return sorted({*beside, *inside})


def _inside(folder: Path, name: str) -> Path:
    return Path(os.path.normpath(folder / name))
