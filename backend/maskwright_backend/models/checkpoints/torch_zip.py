# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch's files since 1.6: a zip of one pickle and the uncompressed data of each tensor."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np

from .pickled import MOST_BYTES, unpickled
from .refusals import refused
from .stored import DTYPES, Storage

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MOST_MEMBERS = 100_000
_LOCAL = struct.Struct("<4s5H3I2H")
_LOCKED = 1
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError, EOFError)


def read_torch_zip(path: Path) -> object:
    """Return what the file holds, its tensors as places in the file.

    Raises:
        ModelError: `model.refused` for a damaged or hostile file, with the reason.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            members = _Members(archive, stream)
    except _DAMAGED as error:
        raise refused(f"{path.name} is not a file of PyTorch's that can be read", str(error)[:300]) from error
    return unpickled(members.pickle, lambda dtype, key, count: members.storage(path, dtype, key, count))


class _Members:
    """The members of the zip and where each one's bytes really are; every one is checked before any is used."""

    def __init__(self, archive: zipfile.ZipFile, stream: BinaryIO) -> None:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise refused(f"it holds {len(infos)} parts, more than any model has")
        self._places: dict[str, tuple[int, int]] = {}
        for info in infos:
            if info.filename in self._places:
                raise refused(f"it holds a part twice ({info.filename[:80]})")
            self._places[info.filename] = _place(stream, info, archive.start_dir)
        _check_apart(self._places)
        self._root = self._find_root()
        self._check_order(stream)
        self.pickle = self._bytes(stream, "data.pkl")

    def storage(self, path: Path, dtype: str, key: str, count: int) -> Storage:
        """Return the data of a tensor; the file must hold exactly as much as the pickle says."""
        place = self._places.get(f"{self._root}/data/{key}")
        if place is None:
            raise refused(f"it lacks the data of a tensor ({key[:40]})")
        if isinstance(count, bool) or place[1] != count * np.dtype(DTYPES[dtype]).itemsize:
            raise refused(f"it says that a tensor has {count} values, and holds {place[1]} bytes of it")
        return Storage(path, dtype, place[0], count)

    def _find_root(self) -> str:
        roots = [name.removesuffix("/data.pkl") for name in self._places if name.count("/") == 1]
        roots = [root for root in roots if f"{root}/data.pkl" in self._places]
        if len(set(roots)) != 1:
            raise refused("it is a zip, but not one that torch.save writes")
        if f"{roots[0]}/constants.pkl" in self._places:
            raise refused("it is a TorchScript program, not weights: save the model's state_dict")
        return roots[0]

    def _check_order(self, stream: BinaryIO) -> None:
        if f"{self._root}/byteorder" in self._places and self._bytes(stream, "byteorder") != b"little":
            raise refused("it was written on a machine of another byte order")

    def _bytes(self, stream: BinaryIO, name: str) -> bytes:
        offset, size = self._places[f"{self._root}/{name}"]
        if size > MOST_BYTES:
            raise refused(f"its description takes {size / 1e6:.0f} MB, and a model's takes less than one")
        stream.seek(offset)
        return stream.read(size)


def _place(stream: BinaryIO, info: zipfile.ZipInfo, end: int) -> tuple[int, int]:
    """Return where a member's bytes begin and how many they are, by its own header and not by the directory alone."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise refused("it is compressed, which torch.save never does: save it again with torch.save")
    stream.seek(info.header_offset)
    header = stream.read(_LOCAL.size)
    if len(header) < _LOCAL.size:
        raise refused("a part of it lies outside the file")
    signature, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(header)
    name = stream.read(name_length).decode("utf-8", "replace")
    if (
        signature != b"PK\x03\x04"
        or method != zipfile.ZIP_STORED
        or flags & _LOCKED
        or name != info.orig_filename
    ):
        raise refused("its directory does not agree with its parts")
    offset = info.header_offset + _LOCAL.size + name_length + extra_length
    if info.header_offset < 0 or offset + info.file_size > end:
        raise refused("a part of it lies outside the file")
    return offset, info.file_size


def _check_apart(places: dict[str, tuple[int, int]]) -> None:
    reached = 0
    for offset, size in sorted(places.values()):
        if offset < reached:
            raise refused("its parts lie over one another")
        reached = offset + size
