# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint of any kind that is read here, as tensors by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusals import refused
from .safetensors import looks_like_safetensors, read_safetensors
from .stored import StoredTensor
from .torch_zip import read_torch_zip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENDINGS = (".pth", ".pt", ".bin", ".ckpt", ".safetensors")
_INSIDE = ("model", "state_dict", "model_state_dict", "net", "network", "ema", "params", "module")
"""Where training programs keep the weights beside what else they save."""

_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


def is_checkpoint(path: Path) -> bool:
    """Whether a file goes by the name of a checkpoint."""
    return path.name.lower().endswith(ENDINGS)


def read_checkpoint(path: Path) -> Mapping[str, StoredTensor]:
    """Return the tensors of a checkpoint; only their descriptions are read.

    Raises:
        ModelError: `model.refused` with the reason, for anything but tensors in plain containers.
    """
    with path.open("rb") as stream:
        start = stream.read(64)
    if start.startswith(b"PK"):
        found = read_torch_zip(path)
    elif looks_like_safetensors(start):
        return read_safetensors(path)
    elif start.startswith((_LEGACY, b"\x80")):
        raise refused(
            f"{path.name} is in the form that PyTorch wrote before version 1.6 or by an option: if you trust it, "
            "open it in PyTorch and save it again with torch.save"
        )
    else:
        raise refused(f"{path.name} is neither a checkpoint of PyTorch nor of safetensors")
    tensors = _weights(found)
    if not tensors:
        raise refused(f"{path.name} holds no weights by name")
    return tensors


def _weights(found: object) -> dict[str, StoredTensor]:
    """Return the named tensors of the file, or of the one place inside where most of them are."""
    if not isinstance(found, dict):
        return {}
    places = [found, *(found[name] for name in _INSIDE if isinstance(found.get(name), dict))]
    return max((_tensors(place) for place in places), key=len)


def _tensors(place: Mapping[object, object]) -> dict[str, StoredTensor]:
    return {
        key: value for key, value in place.items() if isinstance(key, str) and isinstance(value, StoredTensor)
    }
