# SPDX-License-Identifier: GPL-3.0-or-later
"""Which family a pair of ONNX graphs belongs to, from its tensors alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maskwright_shared.errors import ModelError

from .contract import Signature, bind, misfits
from .families import FAMILIES
from .sessions import Array, Session, SessionSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .decoder import Decoder
    from .family import Family, Tensor


def signature_of(encoder: Session, decoder: Session | Decoder) -> Signature:
    """Return what the two sessions declare."""
    return Signature(encoder.inputs, encoder.outputs, decoder.inputs, decoder.outputs)


def recognise(encoder: Session, decoder: Session, families: Sequence[Family] = FAMILIES) -> Family:
    """Return the family whose contract the pair fits.

    Where the declared tensors fit several (SAM 2 and HQ-SAM 2 differ only in the number of masks, which an
    export may leave open), one trial run of the decoder decides.

    Raises:
        ModelError: `model.contract`, with the tensor that kept the pair out of the family it comes closest to.
    """
    signature = signature_of(encoder, decoder)
    problems = {family.name: misfits(family, signature) for family in families}
    fitting = [family for family in families if not problems[family.name]]
    if not fitting:
        nearest = min(families, key=lambda family: len(problems[family.name]))
        found = problems[nearest.name]
        sentence = f"These two files are no model known here; closest is {nearest.title}, but {found[0]}."
        raise ModelError("model.contract", sentence, "; ".join(found))
    return fitting[0] if len(fitting) == 1 else _by_trial(decoder, signature, fitting)


def recognise_files(encoder: Path, decoder: Path) -> Family:
    """Return the family of two ONNX files; both are loaded for it."""
    settings = SessionSettings()
    return recognise(Session(encoder, settings, arena=False), Session(decoder, settings, arena=False))


def _by_trial(decoder: Session, signature: Signature, fitting: Sequence[Family]) -> Family:
    family = fitting[0]
    logits = bind(family, signature).logits
    feed = {tensor.name: _zeros(tensor, decoder) for tensor in (*family.embedding, *family.decoder)}
    count = decoder.run(feed)[logits.name].shape[-3]
    for candidate in fitting:
        if candidate.masks in (None, count):
            return candidate
    titles = " nor ".join(candidate.title for candidate in fitting)
    raise ModelError(
        "model.contract", f"The model is neither {titles}: its decoder's '{logits.name}' has {count} masks."
    )


def _zeros(tensor: Tensor, session: Session) -> Array:
    """Return zeros of the declared shape, with 1 wherever neither the graph nor the family fixes a size."""
    declared = next(info for info in session.inputs if info.name == tensor.name)
    pairs = zip(declared.shape, tensor.shape, strict=True)
    sizes = [a if isinstance(a, int) and a > 0 else b if isinstance(b, int) else 1 for a, b in pairs]
    return np.zeros(sizes, tensor.dtype)
