# SPDX-License-Identifier: GPL-3.0-or-later
"""The store's errors, each one sentence that says what to do."""

from __future__ import annotations

import errno

from maskwright_shared.errors import ModelError
from maskwright_shared.plain_text import plain

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def refused(reason: str, detail: str = "") -> ModelError:
    """Return the error for files that are no model that can be trusted; nothing was installed."""
    return ModelError(
        "model.refused", plain(f"The model is refused: {reason}. Nothing was installed."), detail
    )


def exists(model_id: str) -> ModelError:
    """Return the error for an id that a model here has already."""
    sentence = f"There is a model '{model_id}' already: remove it first, or choose another name with --id."
    return ModelError("model.exists", sentence)


def failed(sentence: str, detail: str = "") -> ModelError:
    """Return the error for a download that did not come to its end; what has come is kept."""
    return ModelError("model.download", plain(sentence), detail)


def tampered(sentence: str, detail: str = "") -> ModelError:
    """Return the error for bytes that are not the published ones."""
    return ModelError("model.tampered", plain(sentence), detail)


def unwritable(error: OSError, what: str) -> ModelError:
    """Return the error for a disk that does not take what is written to it."""
    if error.errno in _NO_ROOM:
        sentence = f"There is no room for {what}: free some space and try again; what has come is kept."
        return ModelError("model.disk", sentence, str(error))
    return ModelError("model.disk", f"{what} cannot be written ({error.strerror or error}).", str(error))


def no_room(needed: int, free: int, what: str) -> ModelError:
    """Return the error for a disk that is known to be too full before anything is written."""
    sentence = (
        f"There is no room for {what}: it needs {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free."
    )
    return ModelError("model.disk", sentence)
