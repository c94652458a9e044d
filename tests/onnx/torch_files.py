# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as torch.save writes them, made without PyTorch: a stored zip of one pickle and the tensors' bytes."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

from maskwright_backend.models.checkpoints.stored import contiguous

STORAGES = {
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "float64": "DoubleStorage",
    "int64": "LongStorage",
}
ORDERED = b"ccollections\nOrderedDict\n)R"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    return b"J" + struct.pack("<i", value) if value < 1 << 31 else b"\x8a\x08" + struct.pack("<q", value)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(key, dtype, count, shape, start=0, strides=None):
    """Return the pickled description of a tensor in the storage `key` of `count` values."""
    storage = (
        b"("
        + text("storage")
        + f"ctorch\n{STORAGES[dtype]}\n".encode()
        + text(key)
        + text("cpu")
        + number(count)
    )
    steps = contiguous(tuple(shape)) if strides is None else strides
    return (
        REBUILD
        + b"("
        + storage
        + b"tQ"
        + number(start)
        + numbers(shape)
        + numbers(steps)
        + b"\x89"
        + ORDERED
        + b"tR"
    )


def dictionary(items):
    """Return the pickle of a dictionary of names and descriptions, inside nothing."""
    return ORDERED + b"(" + b"".join(text(name) + value for name, value in items.items()) + b"u"


def described(arrays):
    """Return the descriptions of arrays, each in a storage of its own, and the storages."""
    values = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    told = {
        name: tensor(str(index), str(array.dtype), array.size, array.shape)
        for index, (name, array) in enumerate(values.items())
    }
    return told, {str(index): array.tobytes() for index, array in enumerate(values.values())}


def write(path, arrays, wrap=lambda inner: inner):
    """Write arrays as a checkpoint; `wrap` puts the dictionary into what is around it."""
    told, storages = described(arrays)
    path.write_bytes(packed(b"\x80\x02" + wrap(dictionary(told)) + b".", storages))
    return path


def packed(pickle, storages, method=zipfile.ZIP_STORED, more=()):
    """Return the zip; each storage begins at a multiple of 64 bytes, as PyTorch's writer sees to."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/byteorder", b"little")
        for key, data in storages.items():
            info = zipfile.ZipInfo(f"archive/data/{key}")
            info.compress_type = method
            begin = out.tell() + 30 + len(info.filename) + 4
            gap = -begin % 64
            info.extra = struct.pack("<HH", 0x4246, gap) + b"Z" * gap
            archive.writestr(info, data)
        for name, data in more:
            archive.writestr(name, data)
        archive.writestr("archive/version", b"3\n")
    return out.getvalue()
