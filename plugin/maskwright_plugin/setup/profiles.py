# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the editors of this user look for plug-ins: Krita's resource folders, and the profiles of every GIMP 3.

On Linux an editor may come from the distribution or an AppImage (both use the ordinary folders), from Flatpak or
from Snap (each in a sandbox with folders of its own, in which it also needs a backend of its own).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Iterator, List, Mapping, NamedTuple, Optional

from .process import answer

KRITA = "Krita"
GIMP = "GIMP"


class Profile(NamedTuple):
    """One place that an editor reads: for Krita its resource folder, for GIMP the folder of one version."""

    editor: str
    name: str
    """As the user would say it."""
    folder: Path
    sandboxed: bool = False
    settings: Optional[Path] = None
    """Krita's kritarc."""


class Machine(NamedTuple):
    """What decides where the folders are."""

    system: str
    home: Path
    environment: Mapping[str, str]

    @classmethod
    def here(cls) -> Machine:
        """Return this machine, for this user."""
        return cls(sys.platform, Path.home(), os.environ)

    def folder(self, variable: str, default: str) -> Path:
        """Return the folder that an environment variable names, or the default below the user's own."""
        return Path(self.environment.get(variable) or self.home / default)


def krita_profiles(machine: Machine, *, even_absent: bool = False) -> List[Profile]:
    """Return the profiles of every Krita found; with `even_absent` the ordinary one is always among them."""
    ordinary = _ordinary_krita(machine)
    present = ordinary.folder.is_dir() or _on_path("krita", machine)
    profiles = [ordinary] if present or even_absent else []
    for kind, base in _sandboxes(machine, flatpak="org.kde.krita", snap="krita"):
        data, config = (base / "data", base / "config") if kind == "Flatpak" else _in_home(base)
        profiles.append(_krita(f"Krita ({kind})", data / "krita", config / "kritarc", sandboxed=True))
    return profiles


def _ordinary_krita(machine: Machine) -> Profile:
    if machine.system == "win32":
        local = machine.folder("LOCALAPPDATA", "AppData/Local")
        return _krita("Krita", machine.folder("APPDATA", "AppData/Roaming") / "krita", local / "kritarc")
    if machine.system == "darwin":
        library = machine.home / "Library"
        return _krita("Krita", library / "Application Support" / "krita", library / "Preferences" / "kritarc")
    settings = machine.folder("XDG_CONFIG_HOME", ".config") / "kritarc"
    return _krita("Krita", machine.folder("XDG_DATA_HOME", ".local/share") / "krita", settings)


def _krita(name: str, folder: Path, settings: Path, *, sandboxed: bool = False) -> Profile:
    return Profile(KRITA, name, _chosen_resources(settings) or folder, sandboxed, settings)


def _chosen_resources(settings: Path) -> Optional[Path]:
    """Return the resource folder that the user chose in Krita's settings, if any."""
    try:
        head = settings.read_text("utf-8", "replace").partition("\n[")[0]
    except OSError:
        return None
    match = re.search(r"^ResourceDirectory=(.+)$", head, re.MULTILINE)
    return Path(match.group(1).strip()) if match else None


def gimp_profiles(machine: Machine) -> List[Profile]:
    """Return the profiles of every GIMP 3 found, that of an installed one that was never started included."""
    profiles = [_gimp(folder) for folder in _ordinary_gimps(machine)]
    for kind, base in _sandboxes(machine, flatpak="org.gimp.GIMP", snap="gimp"):
        config = base / "config" if kind == "Flatpak" else _in_home(base)[1]
        for folder in _versions(config / "GIMP"):
            profiles.append(_gimp(folder, kind))  # noqa: PERF401 (a nested comprehension is harder to read)
    return profiles


def _ordinary_gimps(machine: Machine) -> List[Path]:
    chosen = machine.environment.get("GIMP3_DIRECTORY")
    if chosen:
        return [machine.home / chosen]
    if machine.system == "win32":
        base = machine.folder("APPDATA", "AppData/Roaming") / "GIMP"
    elif machine.system == "darwin":
        base = machine.home / "Library" / "Application Support" / "GIMP"
    else:
        base = machine.folder("XDG_CONFIG_HOME", ".config") / "GIMP"
    found = _versions(base)
    return found or [base / version for version in _installed_gimp(machine)]


def _versions(base: Path) -> List[Path]:
    return sorted(
        folder for folder in base.glob("3.*") if re.fullmatch(r"3\.\d+", folder.name) and folder.is_dir()
    )


def _installed_gimp(machine: Machine) -> Iterator[str]:
    """Yield the version of the GIMP on PATH if it is 3, as its profile's folder is called."""
    for name in ("gimp", "gimp-3.2", "gimp-3.0", "gimp-3"):
        program = shutil.which(name, path=machine.environment.get("PATH"))
        match = re.search(r"version (3\.\d+)", answer([program, "--version"])) if program else None
        if match:
            yield match.group(1)
            return


def _gimp(folder: Path, kind: str = "") -> Profile:
    return Profile(GIMP, f"GIMP {folder.name}" + (f" ({kind})" if kind else ""), folder, bool(kind))


def _sandboxes(machine: Machine, *, flatpak: str, snap: str) -> Iterator[tuple[str, Path]]:
    """Yield the folders that stand in for the user's own inside Flatpak and Snap, where they exist."""
    if machine.system != "linux":
        return
    for kind, folder in (
        ("Flatpak", machine.home / ".var" / "app" / flatpak),
        ("Snap", machine.home / "snap" / snap / "current"),
    ):
        if folder.is_dir():
            yield kind, folder


def _in_home(home: Path) -> tuple[Path, Path]:
    """Return the data and the configuration folder of a home that is not the user's."""
    return home / ".local" / "share", home / ".config"


def _on_path(program: str, machine: Machine) -> bool:
    return shutil.which(program, path=machine.environment.get("PATH")) is not None
