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


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs that a pair of graphs declares."""

    encoder_inputs: tuple[TensorInfo, ...]
    encoder_outputs: tuple[TensorInfo, ...]
    decoder_inputs: tuple[TensorInfo, ...]
    decoder_outputs: tuple[TensorInfo, ...]


@dataclass(frozen=True)
class Binding:
    """The names that this pair uses where the family leaves a choice."""

    image: str
    logits: Tensor


def misfits(family: Family, signature: Signature) -> list[str]:
    """Return what does not fit, each as the end of a sentence that names the tensor; empty when all does."""
    return [
        *_inputs_misfit("encoder", (family.image,), signature.encoder_inputs),
        *_outputs_misfit("encoder", family.embedding, signature.encoder_outputs),
        *_inputs_misfit("decoder", (*family.embedding, *family.decoder), signature.decoder_inputs),
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
    declared = {info.name for info in signature.encoder_inputs}
    image = next(name for name in family.image.names if name in declared)
    outputs = {info.name for info in signature.decoder_outputs}
    return Binding(image, next(tensor for tensor in family.logits if tensor.name in outputs))


def check_result(
    family: Family, graph: str, wanted: Iterable[Tensor], got: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Compare what a run of the `graph` (encoder, decoder) really returned with the contract.

    Raises:
        ModelError: `model.contract`, with the name and shape of the first tensor that is wrong.
    """
    for tensor in wanted:
        value = got[tensor.name]
        if str(value.dtype) != tensor.dtype or not _compatible(tensor.shape, value.shape):
            sentence = (
                f"The model is not of the family {family.title}: its {graph} returned '{tensor.name}' as "
                f"{value.dtype} {_shown(value.shape)} where {tensor.dtype} {_shown(tensor.shape)} belongs."
            )
            raise ModelError("model.contract", sentence)


def _inputs_misfit(graph: str, wanted: Sequence[Tensor], declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    problems = []
    for tensor in wanted:
        info = next((by_name.pop(name) for name in tensor.names if name in by_name), None)
        problems += _tensor_misfit(graph, "input", tensor, info, trust_shape=True)
    problems += [f"its {graph} wants an input '{name}' that the family does not have" for name in by_name]
    return problems


def _outputs_misfit(graph: str, wanted: Sequence[Tensor], declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    problems = []
    for tensor in wanted:
        problems += _tensor_misfit(graph, "output", tensor, by_name.get(tensor.name), trust_shape=False)
    return problems


def _logits_misfit(family: Family, declared: Sequence[TensorInfo]) -> list[str]:
    by_name = {info.name: info for info in declared}
    found = next((tensor for tensor in family.logits if tensor.name in by_name), None)
    if found is None:
        return [f"its decoder has no output '{family.logits[0].name}'"]
    info = by_name[found.name]
    problems = _tensor_misfit("decoder", "output", found, info, trust_shape=False)
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
    graph: str, kind: str, tensor: Tensor, info: TensorInfo | None, *, trust_shape: bool
) -> list[str]:
    if info is None:
        return [f"its {graph} has no {kind} '{tensor.name}'"]
    if info.dtype != tensor.dtype:
        return [f"its {graph}'s {kind} '{info.name}' is {info.dtype} where {tensor.dtype} belongs"]
    if trust_shape and not _compatible(tensor.shape, info.shape):
        shapes = f"{_shown(info.shape)} where {_shown(tensor.shape)} belongs"
        return [f"its {graph}'s {kind} '{info.name}' has the shape {shapes}"]
    return []


def _compatible(wanted: Sequence[int | str], got: Sequence[int | str | None]) -> bool:
    if len(wanted) != len(got):
        return False
    pairs = zip(wanted, got, strict=True)
    return all(a == b for a, b in pairs if isinstance(a, int) and isinstance(b, int))


def _shown(shape: Sequence[int | str | None]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
