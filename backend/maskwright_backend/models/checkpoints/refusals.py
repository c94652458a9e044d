# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of a checkpoint that is not taken."""

from __future__ import annotations

from maskwright_shared.errors import ModelError


def refused(reason: str, detail: str = "") -> ModelError:
    """Return the error for a checkpoint that cannot be trusted or is of no model known here."""
    return ModelError("model.refused", f"The checkpoint is refused: {reason}. Nothing was installed.", detail)
