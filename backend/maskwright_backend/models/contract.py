# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a family's contract against what a pair of graphs declares, and against what comes back.

Declared output shapes are not trusted: exports often carry junk there. Names are, and real results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from .family import Family, Tensor
    from .sessions import TensorInfo


FLOATS = ("float32", "float16", "float64")
NUMBERS = (*FLOATS, "int64", "int32")
"""The dtypes to which prompts and embeddings can be cast without loss that matters."""


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs that a pair of graphs declares."""

    encoder_inputs: tuple[TensorInfo, ...]
    encoder_outputs: tuple[TensorInfo, ...]
    decoder_inputs: tuple[TensorInfo, ...]
    decoder_outputs: tuple[TensorInfo, ...]


@dataclass(frozen=True)
class Binding:
    """The names that this pair uses where the family leaves a choice; `embedding` are the encoder's, in order."""

    image: str
    logits: Tensor
    embedding: tuple[str, ...]


def misfits(family: Family, signature: Signature) -> list[str]:
    """Return what does not fit, each as the end of a sentence that names the tensor; empty when all does."""
    return [
        *encoder_misfits(family, signature),
        *decoder_misfits(family, signature),
    ]


def encoder_misfits(family: Family, signature: Signature) -> list[str]:
    """Return what of the encoder alone does not fit; see `misfits`."""
    return [
        *_encoder_inputs_misfit(family, signature.encoder_inputs),
        *_outputs_misfit("encoder", family.embedding, signature.encoder_outputs),
    ]


def decoder_misfits(family: Family, signature: Signature) -> list[str]:
    """Return what of the decoder alone does not fit; see `misfits`."""
    return [
        *_decoder_inputs_misfit(family, signature.decoder_inputs),
        *_logits_misfit(family, signature.decoder_outputs),
        *_outputs_misfit("decoder", family.outputs, signature.decoder_outputs),
    ]


def bind(family: Family, signature: Signature) -> Binding:
    """Check a pair of graphs and return its names.

    Raises:
        ModelError: `model.contract`, with the first tensor that does not fit.
    """
    problems = misfits(family, signature)
    if problems:
        sentence = f"The model is not of the family {family.title}: {problems[0]}."
        raise ModelError("model.contract", sentence, "; ".join(problems))
    declared = {info.name: info for info in signature.encoder_inputs}
    image = _found(family.image, declared, alone=True)
    given = {info.name: info for info in signature.encoder_outputs}
    alone = len(family.embedding) == 1
    embedding = [_found(tensor, given, alone=alone) for tensor in family.embedding]
    outputs = {info.name for info in signature.decoder_outputs}
    logits = next(tensor for tensor in family.logits if tensor.name in outputs)
    return Binding(image.name if image else "", logits, tuple(info.name for info in embedding if info))


def check_result(
    family: Family, graph: str, wanted: Iterable[Tensor], got: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Compare what a run of the `graph` (encoder, decoder) really returned with the contract.

    Raises:
        ModelError: `model.contract`, with the name and shape of the first tensor that is wrong.
    """
    for tensor in wanted:
        value = got[tensor.name]
        if str(value.dtype) != tensor.dtype or not _compatible(tensor.shape, _without_ones(tensor, value)):
            sentence = (
                f"The model is not of the family {family.title}: its {graph} returned '{tensor.name}' as "
                f"{value.dtype} {_shown(value.shape)} where {tensor.dtype} {_shown(tensor.shape)} belongs."
            )
            raise ModelError("model.contract", sentence)


def _found(tensor: Tensor, declared: Mapping[str, TensorInfo], *, alone: bool) -> TensorInfo | None:
    """Return what a graph declares by one of the tensor's names, or as the `alone` one of its kind by any name."""
    for name in tensor.names:
        if name in declared:
            return declared[name]
    return next(iter(declared.values())) if alone and len(declared) == 1 else None


def _encoder_inputs_misfit(family: Family, declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    info = _found(family.image, by_name, alone=True)
    if info is not None:
        del by_name[info.name]
    image = family.image
    problems = _tensor_misfit("encoder", "input", image, info, (*FLOATS, *image.also), trust_shape=True)
    return problems + _not_wanted("encoder", by_name)


def _decoder_inputs_misfit(family: Family, declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    problems = []
    for tensor in (*family.embedding, *family.decoder):
        info = next((by_name.pop(name) for name in tensor.names if name in by_name), None)
        problems += _tensor_misfit("decoder", "input", tensor, info, NUMBERS, trust_shape=True)
    return problems + _not_wanted("decoder", by_name)


def _not_wanted(graph: str, names: Iterable[str]) -> list[str]:
    return [f"its {graph} wants an input '{name}' that the family does not have" for name in names]


def _outputs_misfit(graph: str, wanted: Sequence[Tensor], declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    alone = graph == "encoder" and len(wanted) == 1
    problems = []
    for tensor in wanted:
        info = _found(tensor, by_name, alone=alone)
        problems += _tensor_misfit(graph, "output", tensor, info, FLOATS, trust_shape=False)
    return problems


def _logits_misfit(family: Family, declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    found = next((tensor for tensor in family.logits if tensor.name in by_name), None)
    if found is None:
        return [f"its decoder has no output '{family.logits[0].name}'"]
    info = by_name[found.name]
    problems = _tensor_misfit("decoder", "output", found, info, FLOATS, trust_shape=False)
    return problems or _masks_misfit(family, info)


def _masks_misfit(family: Family, info: TensorInfo) -> list[str]:
    """Compare the number of masks, which tells SAM 2 from HQ-SAM 2, where the graph declares it."""
    if family.masks is None or len(info.shape) < 4:
        return []
    count = info.shape[-3]
    if not isinstance(count, int) or count == family.masks:
        return []
    return [f"its decoder's output '{info.name}' has {count} masks where {family.masks} belong"]


def _tensor_misfit(
    graph: str,
    kind: str,
    tensor: Tensor,
    info: TensorInfo | None,
    dtypes: Sequence[str],
    *,
    trust_shape: bool,
) -> list[str]:
    if info is None:
        return [f"its {graph} has no {kind} '{tensor.name}'"]
    if info.dtype not in dtypes:
        return [f"its {graph}'s {kind} '{info.name}' is {info.dtype} where {tensor.dtype} belongs"]
    if trust_shape and not _compatible(tensor.shape, info.shape):
        shapes = f"{_shown(info.shape)} where {_shown(tensor.shape)} belongs"
        return [f"its {graph}'s {kind} '{info.name}' has the shape {shapes}"]
    return []


def _without_ones(tensor: Tensor, value: npt.NDArray[Any]) -> tuple[int, ...]:
    """Return the shape of a value without the axes of size 1 that lead and that the tensor does not have."""
    extra = max(0, value.ndim - len(tensor.shape))
    return value.shape[extra:] if value.shape[:extra] == (1,) * extra else value.shape


def _compatible(wanted: Sequence[int | str], got: Sequence[int | str | None]) -> bool:
    if len(wanted) != len(got):
        return False
    pairs = zip(wanted, got, strict=True)
    return all(a == b for a, b in pairs if isinstance(a, int) and isinstance(b, int))


def _shown(shape: Sequence[int | str | None]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
