# SPDX-License-Identifier: GPL-3.0-or-later
"""Embeddings on the disk: given back as they were, private, within the budget, and never in the way."""

import os
import stat

import numpy as np
import pytest
from tests.protocol.house import until

from maskwright_backend.engine.kept_embeddings import KeptEmbeddings, KeptKey

KEY = KeptKey("0" * 32, "model 10 20", "sam2-1", (150, 100))


def tensors(seed=0, side=16):
    random = np.random.default_rng(seed)
    return {
        "a": random.normal(size=(1, 4, side, side)).astype(np.float32),
        "b": (random.normal(size=(1, 2, 3)) * 1e6).astype(np.float32),
    }


def kept(folder, key=KEY, seed=0, budget=1 << 20, side=16):
    store = KeptEmbeddings(folder, budget)
    store.put(key, tensors(seed, side))
    until((folder / key.file_name).exists, "the file")
    return store


def test_what_was_kept_comes_back_in_32_bits(tmp_path):
    found = kept(tmp_path / "e").get(KEY)
    for name, values in tensors().items():
        assert found[name].dtype == np.float32
        assert found[name].shape == values.shape
        np.testing.assert_allclose(found[name], values, rtol=1e-3, atol=1e-3)
    assert np.array_equal(found["b"], tensors()["b"])  # too large for 16 bits: kept whole


def test_files_are_the_users_alone(tmp_path):
    kept(tmp_path / "e")
    assert stat.S_IMODE((tmp_path / "e").stat().st_mode) == 0o700
    (file,) = (tmp_path / "e").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(image="1" * 32),
        KEY._replace(model="model 10 21"),
        KEY._replace(preprocessing="sam2-2"),
        KEY._replace(size=(100, 150)),
    ],
)
def test_nothing_else_gets_it(tmp_path, other):
    store = kept(tmp_path / "e")
    assert store.get(other) is None
    (tmp_path / "e" / KEY.file_name).rename(tmp_path / "e" / other.file_name)
    assert store.get(other) is None


@pytest.mark.parametrize("spoil", ["flip", "cut", "empty", "no header", "long header"])
def test_a_damaged_file_is_removed_and_not_used(tmp_path, spoil):
    store = kept(tmp_path / "e")
    path = tmp_path / "e" / KEY.file_name
    data = bytearray(path.read_bytes())
    if spoil == "flip":
        data[-5] ^= 1
    wrong = {
        "flip": bytes(data), "cut": bytes(data[:-100]), "empty": b"", "no header": b"\n" + bytes(data),
        "long header": b"{" + b" " * 100_000 + bytes(data),
    }  # fmt: skip
    path.write_bytes(wrong[spoil])
    assert store.get(KEY) is None
    assert not path.exists()


def test_the_one_used_longest_ago_goes_first(tmp_path):
    folder = tmp_path / "e"
    keys = [KEY._replace(image=f"{index:032}") for index in range(4)]
    for index, key in enumerate(keys[:3]):
        store = kept(folder, key, budget=9000, side=32)
        os.utime(folder / key.file_name, (index, index))
    # a file is 4 x 32 x 32 x 2 bytes and a header: one fits
    assert [key for key in keys if store.get(key) is not None] == [keys[2]]
    two = KeptEmbeddings(folder, 20_000)
    two.put(keys[0], tensors(side=32))
    until(lambda: two.get(keys[0]) is not None, "the second")
    os.utime(folder / keys[2].file_name)  # used again
    os.utime(folder / keys[0].file_name, (5, 5))
    two.put(keys[3], tensors(side=32))
    until(lambda: two.get(keys[3]) is not None, "the third")
    assert two.get(keys[0]) is None
    assert two.get(keys[2]) is not None


def test_without_a_budget_or_a_disk_nothing_is_kept_and_nothing_raised(tmp_path):
    off = KeptEmbeddings(tmp_path / "off", 0)
    off.put(KEY, tensors())
    assert off.get(KEY) is None
    assert not (tmp_path / "off").exists()
    (tmp_path / "file").write_text("in the way")
    blocked = KeptEmbeddings(tmp_path / "file" / "e", 1 << 20)
    blocked._write(KEY, tensors())
    assert blocked.get(KEY) is None
