# SPDX-License-Identifier: GPL-3.0-or-later
"""Which family a pair of ONNX graphs belongs to, from its tensors alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maskwright_shared.errors import ModelError

from .contract import Signature, bind, decoder_misfits, encoder_misfits, misfits
from .families import FAMILIES
from .sessions import Array, Session, SessionSettings
from .sides import with_side

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
    sided = {family.name: with_side(family, signature) for family in families}
    fitting = [family for family in families if not misfits(sided[family.name], signature)]
    if not fitting:
        raise _unknown(list(sided.values()), signature)
    usual = [
        family for family in fitting if family.preprocessing.side == sided[family.name].preprocessing.side
    ]
    chosen = usual or fitting
    if len(chosen) == 1:
        return chosen[0]
    name = _by_trial(decoder, signature, [sided[family.name] for family in chosen]).name
    return next(family for family in chosen if family.name == name)


def _unknown(families: Sequence[Family], signature: Signature) -> ModelError:
    """Return the error for a pair of no family: two known halves that do not belong together, or what is closest."""
    encoders = [family for family in families if not encoder_misfits(family, signature)]
    decoders = [family for family in families if not decoder_misfits(family, signature)]
    if encoders and decoders:
        names = {info.name for info in (*signature.encoder_inputs, *signature.encoder_outputs)}
        likest = max(encoders, key=lambda family: _likeness(family, names))
        sentence = (
            f"These two files belong to different models: the encoder is of {likest.title}, the decoder of "
            f"{' or '.join(family.title for family in decoders)}. Take both from the same model."
        )
        return ModelError("model.contract", sentence)
    problems = {family.title: misfits(family, signature) for family in families}
    nearest = min(problems, key=lambda title: len(problems[title]))
    found = problems[nearest]
    sentence = f"These two files are no model known here; closest is {nearest}, but {found[0]}."
    return ModelError("model.contract", sentence, "; ".join(found))


def _likeness(family: Family, names: set[str]) -> int:
    """Return how many of an encoder's names are the family's; its only input and output may have any."""
    return len(names & {family.image.name, *(tensor.name for tensor in family.embedding)})


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
    return np.zeros(sizes, declared.dtype)
