# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the packages of `sources.py` and collect their pictures in a folder, one sub-folder for each kind."""

from __future__ import annotations

import json
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from .cutouts import Pixels, cutout, is_photographic, shrunk
from .sources import CUTOUT, DRAWN, GROUND, SOURCES, TEXTURE, Source

LARGEST = {GROUND: 1100, TEXTURE: 320}
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"
GAME_TEXTURES = ("base_wall", "base_floor", "gothic", "proto2", "acc_dm", "liquids", "skies")


def collect(folder: Path) -> dict[str, dict[str, int]]:
    """Fill `folder` and return how many pictures each package gave, by kind; also written to `counts.json`."""
    counts: dict[str, dict[str, int]] = {}
    for source in SOURCES:
        root = unpacked(source.package, folder / "packages")
        counts[source.package] = {}
        for index, (picture, kind) in enumerate(_chosen(source, root)):
            target = folder / kind / f"{source.package}-{index:04d}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(target), picture)
            counts[source.package][kind] = counts[source.package].get(kind, 0) + 1
    (folder / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
    return counts


def unpacked(package: str, folder: Path) -> Path:
    """Download a Debian package with apt, once, and unpack it beside the others."""
    target = folder / package
    if not target.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=folder, check=True)  # noqa: S607 (Debian's own)
        archive = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)  # noqa: S607
    return target


def _chosen(source: Source, root: Path) -> Iterator[tuple[Pixels, str]]:
    """Yield at most `source.most` usable pictures, spread evenly over what there is."""
    found = [
        path
        for pattern in source.patterns
        for path in sorted(root.glob(pattern))
        if not any(word in str(path.relative_to(root)) for word in source.without)
    ]
    pictures = [entry for path in found for entry in _contents(path)]
    step = max(1.0, len(pictures) / source.most)
    for position in np.arange(0, len(pictures), step).astype(int):
        made = _usable(pictures[position], source)
        if made is not None:
            yield made


def _contents(path: Path) -> list[bytes | Path]:
    """List the pictures in a file: itself, or those inside a font of bitmaps or a game's archive."""
    if path.suffix == ".ttf":
        data, found, start = path.read_bytes(), [], 0
        while (start := data.find(PNG, start)) >= 0:
            end = data.find(PNG_END, start) + 8
            found.append(data[start:end])
            start = end
        return list(found)
    if path.suffix == ".pk3":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
            return [archive.read(name) for name in names if any(word in name for word in GAME_TEXTURES)]
    return [path]


def _usable(entry: bytes | Path, source: Source) -> tuple[Pixels, str] | None:
    """Read a picture and bring it into shape; None if it is not what the source should give."""
    data = entry.read_bytes() if isinstance(entry, Path) else entry
    picture = _pattern(data) if isinstance(entry, Path) and entry.suffix == ".pat" else _decoded(data)
    if picture is None:
        return None
    if source.kind in (CUTOUT, DRAWN):
        cut = cutout(picture) if picture.ndim == 3 and picture.shape[2] == 4 else None
        if cut is None:
            return None
        return cut, CUTOUT if source.kind == CUTOUT and is_photographic(cut) else DRAWN
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, 2)
    if min(picture.shape[:2]) < 48 or (picture.shape[2] == 4 and (picture[..., 3] < 250).mean() > 0.02):
        return None
    return shrunk(np.ascontiguousarray(picture[..., :3]), LARGEST[source.kind]), source.kind


def _decoded(data: bytes) -> Pixels | None:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return (picture // 257).astype(np.uint8) if picture is not None and picture.dtype != np.uint8 else picture


def _pattern(data: bytes) -> Pixels:
    """Read GIMP's pattern file: a header of big-endian numbers, its own length first, then the pixels."""
    header, _, width, height, depth = struct.unpack(">5I", data[:20])
    pixels = np.frombuffer(data[header : header + width * height * depth], np.uint8)
    pixels = pixels.reshape(height, width, depth)
    return pixels[..., :3][..., ::-1] if depth > 2 else np.repeat(pixels[..., :1], 3, 2)
