# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a checkpoint is not exported, as errors with one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maskwright_shared.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def refused(reason: str) -> ModelError:
    """Return the error `model.export` that says why there is no export."""
    return ModelError("model.export", f"The export was not made: {reason}.")


def need_all(checkpoint: Path, missing: Sequence[str]) -> None:
    """Refuse a checkpoint without some of the weights, which would stay random."""
    if missing:
        raise refused(f"{checkpoint} lacks {len(missing)} of the model's weights, '{missing[0]}' first")
