# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint of random weights, saved by torch under the authors' names, pulled, converted, asked, and compared.

Here with what the environment of these tests has; every card is compared with its authors' own code by
`python -m tests.parity --converted`.
"""

from __future__ import annotations

import contextlib

import pytest
from tests.parity.cases import SIZES
from tests.protocol.house import House

pytestmark = [pytest.mark.torch, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


def published(model, template):
    """Return the weights of transformers' Sam2Model under the names that Meta publishes."""
    from maskwright_backend.models.checkpoints.names import transformers_name
    from maskwright_backend.models.checkpoints.templates import PARTS, load_template

    held, made = model.state_dict(), {}
    for part in PARTS:
        for name in load_template(template, part).parameters:
            if ".point_embeddings." in name:
                row = int(name.split(".")[-2])
                made[name] = held["prompt_encoder.point_embed.weight"][row : row + 1].clone()
            else:
                made[name] = held[transformers_name(name)].clone()
    return made


def test_sam2_tiny_is_converted_and_answers_as_transformers_does(tmp_path, monkeypatch):
    import torch
    from tests.parity.architectures import transformers_sam2
    from tests.parity.compare import compare
    from tests.parity.converted_systems import pull
    from tests.parity.report import row
    from tests.parity.small_references import Sam2Floats
    from tests.parity.small_systems import _centred_sam
    from tests.parity.systems import System

    torch.set_num_threads(1)
    monkeypatch.setenv("MASKWRIGHT_THREADS", "1")
    model = _centred_sam(transformers_sam2("tiny", 5), Sam2Floats)
    checkpoint = tmp_path / "sam2.1_hiera_tiny.pt"
    torch.save({"model": published(model, "sam2.1-hiera-tiny")}, checkpoint)
    with contextlib.closing(House(tmp_path)) as house:
        pull(house, "own", checkpoint)
        folder = house.places.models / "own"
        assert (folder / "weights.pth").read_bytes() == checkpoint.read_bytes()
        assert not (folder / "encoder.onnx_data").exists()
        results = compare(System("own", "sam2", Sam2Floats(model)), house, 1, SIZES[:1])
    told = "\n".join(map(row, results))
    assert all(result.logits <= result.logits_within for result in results), told
    assert all(result.has_its_scores and result.has_its_mask for result in results), told


@pytest.mark.parametrize("old", [False, True], ids=["zip", "before 1.6"])
def test_what_torch_itself_saves_is_read_or_refused(tmp_path, old):
    import torch

    from maskwright_backend.models.checkpoints.reading import read_checkpoint
    from maskwright_shared.errors import ModelError

    layer = torch.nn.Linear(3, 5)
    shared = torch.arange(12.0)
    holder = {
        "state_dict": {
            **layer.state_dict(),
            "turned": shared.view(3, 4).T,
            "part": shared[4:7],
            "n": torch.tensor(3),
        },
        "optimizer": torch.optim.Adam(layer.parameters()).state_dict(),
        "epoch": 3,
        "loss": 0.5,
        "size": torch.Size([1, 2]),
        "kind": torch.float16,
        "parameter": layer.weight,
    }
    path = tmp_path / "m.pth"
    torch.save(holder, path, _use_new_zipfile_serialization=not old)
    if old:
        with pytest.raises(ModelError, match=r"before version 1\.6"):
            read_checkpoint(path)
        return
    found = read_checkpoint(path)
    assert set(found) == set(holder["state_dict"])
    for name, value in holder["state_dict"].items():
        assert torch.equal(torch.from_numpy(found[name].read()), value.float()), name
