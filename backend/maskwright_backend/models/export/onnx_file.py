# SPDX-License-Identifier: GPL-3.0-or-later
"""One traced module as an ONNX file."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPSET = 17


def write_onnx(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    path: Path,
    free_axes: Mapping[str, Mapping[int, str]] | None = None,
) -> None:
    """Trace `module` on `inputs`, given in its argument order, and write it with these tensor names.

    `free_axes` names the axes of a tensor that may have any size. The weights go into the file itself, or into
    `NAME_data` beside it when they are more than the 2 GB that a file of protobuf's can hold.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        traced = Path(name) / path.name
        _trace(module, inputs, outputs, traced, free_axes or {})
        if len(list(traced.parent.iterdir())) == 1:
            traced.rename(path)
        else:  # over 2 GB the tracer writes a file for every weight
            write_weights_beside(traced, path)


def _trace(
    module: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
    path: Path,
    free_axes: Mapping[str, Mapping[int, str]],
) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's warnings are about code that is not ours
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in free_axes.items()},
            opset_version=OPSET,
            do_constant_folding=True,
            dynamo=False,
        )


def write_weights_beside(source: Path, target: Path) -> None:
    """Write an ONNX file once more, its large tensors in `NAME_data` beside the new one."""
    import onnx  # noqa: PLC0415 - torch alone traces

    model, data = onnx.load(str(source)), f"{target.name}_data"
    onnx.save(model, str(target), save_as_external_data=True, location=data)
    shutil.copymode(target, target.with_name(data))  # onnx makes a file that its owner alone may read
