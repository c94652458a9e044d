# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphs whose weights are too many for one file: gathered in one file beside it. Needs torch."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def scattering(monkeypatch):
    """Let the tracer write each weight into a file of its own, as it does with more than 2 GB of them."""
    import onnx
    import torch

    trace = torch.onnx.export

    def scatter(module, inputs, path, **options):
        trace(module, inputs, path, **options)
        model = onnx.load(path)
        onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)

    monkeypatch.setattr(torch.onnx, "export", scatter)


def written(folder):
    import torch

    from maskwright_backend.models.export.onnx_file import write_onnx

    torch.manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(40, 30), torch.nn.Linear(30, 20))
    write_onnx(module, {"x": torch.zeros(1, 40)}, ("y",), folder / "encoder.onnx")
    x = np.random.default_rng(1).normal(size=(1, 40)).astype(np.float32)
    (y,) = onnxruntime.InferenceSession(folder / "encoder.onnx").run(None, {"x": x})
    assert np.abs(y - module(torch.from_numpy(x)).detach().numpy()).max() < 1e-5
    return sorted(path.name for path in folder.iterdir())


def test_weights_that_fit_are_in_the_file_itself(tmp_path):
    assert written(tmp_path) == ["encoder.onnx"]


def test_scattered_weights_are_gathered_in_one_file(tmp_path, scattering):
    assert written(tmp_path) == ["encoder.onnx", "encoder.onnx_data"]
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1
