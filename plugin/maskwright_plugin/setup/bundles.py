# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-contained bundles of the editors: what is in them, Krita's zip, putting them in place, taking them away.

A bundle is a folder with the editor's own files, the two packages they need, and the backend's wheel, from which
the editor can set the backend up by itself. `installation.json` leads to the backend that is there already.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from maskwright_shared.installation import Installation, note_of
from maskwright_shared.version import VERSION

from . import kritarc, manifest
from .manifest import Manifest, remove_bundle, sha256
from .problems import SetupError, explained_os
from .profiles import KRITA, Profile
from .source import CARRIED

_HIDDEN = ("__pycache__", ".mypy_cache", ".ruff_cache")


class Bundle(NamedTuple):
    """What one editor gets: the bundle's folder by name, and its content as {relative path: source}."""

    name: str
    content: Dict[str, Path]


def krita_bundle(project: Path, wheel: Optional[Path]) -> Bundle:
    """Return Krita's bundle; the `.desktop` and `.action` files lie beside its folder."""
    folder = project / "plugin" / "krita"
    content = {**_tree(folder / "maskwright", ""), **_common(project, wheel)}
    for path in folder.glob("*.desktop"):
        content[f"../{path.name}"] = path
    for path in folder.glob("*.action"):
        content[f"../../actions/{path.name}"] = path
    return Bundle("maskwright", content)


def gimp_bundle(project: Path, wheel: Optional[Path]) -> Bundle:
    """Return GIMP's bundle; GIMP wants the folder to be named like the executable file in it."""
    folder = project / "plugin" / "gimp"
    scripts = sorted(path for path in folder.glob("*.py"))
    if len(scripts) != 1:
        raise SetupError(f"{folder} must hold one plug-in file: get the project anew.")
    return Bundle(scripts[0].stem, {**_tree(folder, ""), **_common(project, wheel)})


def _common(project: Path, wheel: Optional[Path]) -> Dict[str, Path]:
    content = {
        **_tree(project / "plugin" / "maskwright_plugin", "maskwright_plugin/"),
        **_tree(project / "shared" / "maskwright_shared", "maskwright_shared/"),
        "LICENSE": project / "LICENSE",
    }
    if wheel is not None:
        content[f"{CARRIED}/{wheel.name}"] = wheel
    return content


def _tree(folder: Path, prefix: str) -> Dict[str, Path]:
    files = {
        prefix + path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part in _HIDDEN or part.startswith(".") for part in path.parts[len(folder.parts) :])
    }
    if not files:
        raise SetupError(f"{folder} is empty: get the project anew.")
    return files


def bundle_place(bundle: Bundle, profile: Profile) -> Path:
    """Return the folder of a bundle in a profile."""
    return profile.folder / ("pykrita" if profile.editor == KRITA else "plug-ins") / bundle.name


def install_bundle(
    bundle: Bundle, profile: Profile, installation: Installation, project: Path, *, linked: bool = False
) -> Path:
    """Put a bundle into a profile, in place of an earlier one, and return its folder.

    With `linked` its parts are symbolic links into the project. A sandboxed editor gets no note of the backend,
    which it could not start: it sets up one of its own.

    Raises:
        SetupError: something that the setup did not make is in the way, or the folder cannot be written.
    """
    folder = bundle_place(bundle, profile)
    try:
        earlier = _make_way(bundle, folder)
        links = _links(bundle, project) if linked else {}
        files = {} if linked else {name: sha256(path) for name, path in bundle.content.items()}
        enabled = earlier.enabled_in if earlier else ""
        if profile.editor == KRITA and profile.settings and not enabled:
            enabled = str(profile.settings) if kritarc.enable(profile.settings, bundle.name) else ""
        folder.mkdir(parents=True, exist_ok=True)
        Manifest(VERSION, files, links, enabled).write(
            folder
        )  # first, so that half a bundle is known as ours
        _place(bundle, folder, files, links)
        if not profile.sandboxed:
            note_of(installation).write(folder)
    except OSError as error:
        raise explained_os(error, f"write {folder}") from error
    return folder


def _make_way(bundle: Bundle, folder: Path) -> Optional[Manifest]:
    """Remove an earlier bundle and return its record; refuse to touch anything else that is in the way."""
    earlier = Manifest.read(folder)
    if folder.is_symlink() or (folder.exists() and earlier is None and any(folder.iterdir())):
        raise SetupError(f"{folder} was not made by this setup: move it away, then run it again.")
    if earlier is not None:
        remove_bundle(folder, earlier, changed_too=True)
    for name in bundle.content:
        path = Path(os.path.normpath(folder / name))
        if path.exists() or path.is_symlink():
            raise SetupError(f"{path} was not made by this setup: move it away, then run it again.")
    return earlier


def _links(bundle: Bundle, project: Path) -> Dict[str, str]:
    """Return the links that stand for the bundle: one for each file or folder at its top, and each file beside."""
    links: Dict[str, str] = {}
    for name, path in bundle.content.items():
        inside = not name.startswith("..")
        top, *rest = name.split("/") if inside else [name]
        source = path.parents[len(rest) - 1] if rest else path
        if project in source.parents:
            links[top] = str(source)
    return links


def _place(bundle: Bundle, folder: Path, files: Dict[str, str], links: Dict[str, str]) -> None:
    for name, target in links.items():
        path = Path(os.path.normpath(folder / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target, target_is_directory=Path(target).is_dir())
    for name in files:
        path = Path(os.path.normpath(folder / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.content[name], path)
        path.chmod(0o755 if _is_entry(bundle, name) else 0o644)


def _is_entry(bundle: Bundle, name: str) -> bool:
    """Whether this is the file that GIMP starts, and passes over in silence unless it is executable."""
    return name == f"{bundle.name}.py"


def uninstall_bundles(folders: List[Path]) -> Iterator[Tuple[Path, List[Path]]]:
    """Remove every bundle of the setup's among `folders`; yield each with the files that were left in it."""
    for folder in folders:
        found = Manifest.read(folder)
        if found is None:
            continue
        if found.enabled_in:
            kritarc.disable(Path(found.enabled_in), folder.name)
        yield folder, remove_bundle(folder, found)


def write_krita_zip(bundle: Bundle, path: Path) -> None:
    """Write the zip that Krita's "Import Python Plugin from File" takes; the same input gives the same bytes.

    Krita takes the `.desktop` and `.action` files from anywhere in it, and the module's folder only if it has an
    entry of its own.
    """
    record = Manifest(VERSION, {name: sha256(source) for name, source in bundle.content.items()}, {})
    members = {_in_zip(bundle, name): source.read_bytes() for name, source in bundle.content.items()}
    members[f"{bundle.name}/{manifest.FILE}"] = record.text().encode("utf-8")
    folders = {f"{up}/" for name in members for up in Path(name).parents if up != Path()}
    members.update({folder.replace(os.sep, "/"): b"" for folder in folders})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else 0o100644 << 16
            archive.writestr(info, members[name])


def _in_zip(bundle: Bundle, name: str) -> str:
    return name.rpartition("/")[2] if name.startswith("..") else f"{bundle.name}/{name}"
