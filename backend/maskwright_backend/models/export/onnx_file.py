# SPDX-License-Identifier: GPL-3.0-or-later
"""One traced module as an ONNX file."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

OPSET = 17


def write_onnx(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    path: Path,
    free_axes: Mapping[str, Mapping[int, str]] | None = None,
) -> None:
    """Trace `module` on `inputs`, given in its argument order, and write it with these tensor names.

    `free_axes` names the axes of a tensor that may have any size. The weights go into the file itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's warnings are about code that is not ours
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in (free_axes or {}).items()},
            opset_version=OPSET,
            do_constant_folding=True,
            dynamo=False,
        )


def move_weights_outside(path: Path) -> None:
    """Rewrite an ONNX file so that its large tensors lie beside it in `NAME_data`."""
    import onnx  # noqa: PLC0415 - torch alone traces

    model = onnx.load(str(path))
    onnx.save(model, str(path), save_as_external_data=True, location=f"{path.name}_data")
