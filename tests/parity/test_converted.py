# SPDX-License-Identifier: GPL-3.0-or-later
"""What torch itself saves is read, or refused in a sentence; `python -m tests.parity --converted` compares masks."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.torch, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]


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
