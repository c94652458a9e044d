# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints are read as tensors in plain containers, and hostile ones are refused with a sentence; nothing runs."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile

import numpy as np
import pytest
from tests.onnx.torch_files import dictionary, number, numbers, packed, tensor, text, write

from maskwright_backend.models.checkpoints.reading import read_checkpoint
from maskwright_shared.errors import ModelError

RANDOM = np.random.default_rng(3)
ARRAYS = {
    "a.weight": RANDOM.normal(size=(3, 4, 5)).astype(np.float32),
    "a.half": RANDOM.normal(size=(7,)).astype(np.float16),
    "a.double": RANDOM.normal(size=(2, 2)),
    "a.count": np.array(12),
}


def read(path):
    return {name: tensor.read() for name, tensor in read_checkpoint(path).items()}


def refusal(path):
    with pytest.raises(ModelError) as caught:
        read(path)
    assert caught.value.code == "model.refused"
    assert caught.value.message.startswith("The checkpoint is refused: ")
    return caught.value.message


@pytest.mark.parametrize("place", ["plain", "model", "state_dict", "with more"])
def test_tensors_come_back_as_they_were_saved(tmp_path, place):
    wraps = {
        "plain": lambda inner: inner,
        "model": lambda inner: b"}(" + text("model") + inner + b"u",
        "state_dict": lambda inner: b"}(" + text("epoch") + number(7) + text("state_dict") + inner + b"u",
        "with more": lambda inner: inner + b"}" + text("_metadata") + b"}sb",
    }
    found = read_checkpoint(write(tmp_path / "m.pth", ARRAYS, wraps[place]))
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].shape == array.shape
        np.testing.assert_array_equal(found[name].read(), array.astype(np.float32))
    assert found["a.weight"].can_be_pointed_at
    assert not found["a.half"].can_be_pointed_at


def test_a_view_is_read_by_its_strides_and_not_pointed_at(tmp_path):
    values = np.arange(12, dtype=np.float32)
    told = {"t": tensor("0", "float32", 12, (4, 3), 0, (1, 4)), "s": tensor("0", "float32", 12, (5,), 7)}
    (tmp_path / "m.pt").write_bytes(packed(b"\x80\x02" + dictionary(told) + b".", {"0": values.tobytes()}))
    found = read_checkpoint(tmp_path / "m.pt")
    np.testing.assert_array_equal(found["t"].read(), values.reshape(3, 4).T)
    np.testing.assert_array_equal(found["s"].read(), values[7:])
    assert not found["t"].can_be_pointed_at


class Harmful:
    """What a hostile pickle may hold: something that is called when it is loaded."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


def call(name, *arguments):
    return f"c{name}\n".encode() + b"(" + b"".join(map(text, arguments)) + b"tR"


FINE = tensor("0", "float32", 4, (4,))
HOSTILE = {
    "calls": (b"}(" + text("x") + call("os\nsystem", "false") + b"u", "os.system"),
    "builtin": (b"}(" + text("x") + call("builtins\neval", "1") + b"u", "builtins.eval"),
    "call by another opcode": (text("os") + text("system") + b"\x93(" + text("false") + b"tR", "os.system"),
    "load": (b"}(" + text("x") + call("torch\nload", "x") + b"u", "torch.load"),
    "instance": (b"(ios\nsystem\n", "other than tensors"),
    "object": (b"(cos\nsystem\no", "os.system"),
    "new object": (b"ccollections\nOrderedDict\n)\x81", "other than tensors"),
    "extension": (b"\x82\x01", "other than tensors"),
    "called value": (text("x") + b")R", "calls something"),
    "storage called": (b"ctorch\nFloatStorage\n(" + number(4) + b"tR", "calls something"),
    "key without end": (b"}(" + b")" + b"\x85" * 20_000 + number(1) + b"u", "no name"),
    "other reference": (b"}(" + text("x") + text("file:///etc/passwd") + b"Q" + b"u", "refers to data"),
    "huge memo": (b"}r" + struct.pack("<I", 2**32 - 1) + b"(" + text("x") + FINE + b"u", None),
    "too many values": (dictionary({"x": tensor("0", "float32", 5, (5,))}), "5 values"),
    "too large a shape": (dictionary({"x": tensor("0", "float32", 4, (1 << 20, 1 << 20), 0, (0, 0))}), "larger than"),
    "behind its end": (dictionary({"x": tensor("0", "float32", 4, (4,), 1)}), "larger than"),
    "far steps": (dictionary({"x": tensor("0", "float32", 4, (2,), 0, (1 << 40,))}), "larger than"),
    "backwards": (dictionary({"x": tensor("0", "float32", 4, (2,), 0, (-1,))}), "impossible"),
    "axes without end": (dictionary({"x": tensor("0", "float32", 4, (1,) * 40)}), "none"),
    "no such data": (dictionary({"x": tensor("../../etc/passwd", "float32", 4, (4,))}), "lacks the data"),
    "other type": (dictionary({"x": tensor("0", "float64", 4, (4,))}), "4 values"),
    "a tensor of nothing": (b"ctorch._utils\n_rebuild_tensor_v2\n(" + numbers((1,)) * 4 + b"tR", "none"),
    "too few arguments": (b"ctorch._utils\n_rebuild_tensor_v2\n)R", "damaged"),
    "cut off": (b"}(" + text("x")[:-1], "damaged"),
    "no end": (b"}", "damaged"),
    "empty stack": (b"R", "damaged"),
    "no mark": (b"u", "damaged"),
    "no names": (b"]", "no weights"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_is_refused(tmp_path, name):
    inner, told = HOSTILE[name]
    end = b"" if name in ("cut off", "no end") else b"."
    path = tmp_path / "m.pth"
    path.write_bytes(packed(b"\x80\x02" + inner + end, {"0": bytes(16)}))
    if name == "huge memo":
        assert read_checkpoint(path)["x"].shape == (4,)
    else:
        assert told in refusal(path)


def test_a_real_pickle_with_a_call_does_not_run(tmp_path):
    path = tmp_path / "m.pth"
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(packed(pickle.dumps({"x": Harmful()}, protocol), {}))
        assert "builtins.exec" in refusal(path) or "__builtin__.exec" in refusal(path)


def test_the_form_before_1_6_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "old.pth"
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps({}, 2))
    assert "save it again with torch.save" in refusal(path)


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"version https://git-lfs", bytes(100)])
def test_what_is_no_checkpoint_is_refused(tmp_path, data):
    (tmp_path / "m.pth").write_bytes(data)
    assert "neither a checkpoint of PyTorch" in refusal(tmp_path / "m.pth")


PLAIN = b"\x80\x02" + dictionary({"x": FINE}) + b"."


def changed(old, new, times=1):
    data = packed(PLAIN, {"0": bytes(16)})
    assert old in data
    return data.replace(old, new, times)


ZIPS = {
    "compressed": (packed(PLAIN, {"0": bytes(16)}, zipfile.ZIP_DEFLATED), "compressed"),
    "a program": (packed(PLAIN, {"0": bytes(16)}, more=[("archive/constants.pkl", b"")]), "TorchScript"),
    "two descriptions": (packed(PLAIN, {"0": bytes(16)}, more=[("other/data.pkl", PLAIN)]), "not one that torch.save"),
    "no description": (changed(b"data.pkl", b"data.pkk", 2), "not one that torch.save"),
    "another name inside": (changed(b"archive/data/0", b"archive/data/1"), "does not agree"),
    "cut off": (packed(PLAIN, {"0": bytes(16)})[:-30], "can be read"),
    "other byte order": (changed(b"little", b"bigend"), "another byte order"),
}  # fmt: skip


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_lies_is_refused(tmp_path, name):
    data, told = ZIPS[name]
    (tmp_path / "m.pth").write_bytes(data)
    assert told in refusal(tmp_path / "m.pth")


def moved(data, member, offset):
    """Return the zip with another offset for a member in its directory."""
    at = data.rindex(member) - 46
    return data[: at + 42] + struct.pack("<I", offset) + data[at + 46 :]


@pytest.mark.parametrize("offset", [0, 1, 2**31])
def test_a_directory_that_points_elsewhere_is_refused(tmp_path, offset):
    path = tmp_path / "m.pth"
    path.write_bytes(moved(packed(PLAIN, {"0": bytes(16)}), b"archive/data/0", offset))
    assert "does not agree" in refusal(path) or "outside the file" in refusal(path)


def test_parts_that_lie_over_one_another_are_refused(tmp_path):
    inner = packed(PLAIN, {"0": bytes(16)})
    begin = inner.index(b"PK\x03\x04", 10)
    data = moved(packed(PLAIN, {"0": bytes(4096), "1": inner}), b"archive/data/0", 0)
    assert begin
    (tmp_path / "m.pth").write_bytes(data)
    assert "does not agree" in refusal(tmp_path / "m.pth")


def test_a_part_that_is_there_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed(PLAIN, {"0": bytes(16)}, more=[("archive/data/0", bytes(16))])
    (tmp_path / "m.pth").write_bytes(data)
    assert "twice" in refusal(tmp_path / "m.pth")


def safetensors(entries, data):
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header + data


def test_safetensors_are_read(tmp_path):
    values = RANDOM.normal(size=(2, 3)).astype(np.float32)
    half = (values.view(np.uint32) >> 16).astype(np.uint16)
    entries = {
        "__metadata__": {"format": "pt"},
        "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [24, 36]},
    }
    (tmp_path / "m.safetensors").write_bytes(safetensors(entries, values.tobytes() + half.tobytes()))
    found = read_checkpoint(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(found["w"].read(), values)
    np.testing.assert_allclose(found["b"].read(), values, rtol=0.01)


LYING = {
    "beyond the end": ({"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}, "larger than"),
    "another size": ({"dtype": "F32", "shape": [3], "data_offsets": [0, 16]}, "larger than"),
    "backwards": ({"dtype": "F32", "shape": [0], "data_offsets": [8, 4]}, "larger than"),
    "negative": ({"dtype": "F32", "shape": [4], "data_offsets": [-16, 0]}, "impossible"),
    "other type": ({"dtype": "F8", "shape": [4], "data_offsets": [0, 16]}, "not known"),
    "no description": ([], "not known"),
    "endless": ({"dtype": "F32", "shape": [2**60, 2**60], "data_offsets": [0, 16]}, "larger than"),
}  # fmt: skip


@pytest.mark.parametrize("name", LYING)
def test_safetensors_that_lie_are_refused(tmp_path, name):
    entry, told = LYING[name]
    (tmp_path / "m.safetensors").write_bytes(safetensors({"w": entry}, bytes(16)))
    assert told in refusal(tmp_path / "m.safetensors")


def test_safetensors_over_one_another_or_named_twice_are_refused(tmp_path):
    path, whole = tmp_path / "m.safetensors", {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    path.write_bytes(safetensors({"a": whole, "b": whole}, bytes(16)))
    assert "over one another" in refusal(path)
    header = json.dumps({"a": whole})[:-1] + "," + json.dumps({"a": whole})[1:]
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(16))
    assert "can be read" in refusal(path)
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{" + bytes(100))
    assert "neither" in refusal(path)
