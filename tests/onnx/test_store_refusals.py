# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store refuses before it reads much of it: devices, pipes, giants, odd zips; and the reasons it names."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import zipfile
from pathlib import Path

import onnx
import pytest
from onnx import helper
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph, write_model
from tests.onnx.test_store import House, refused

from maskwright_backend.store import graph_facts, outside
from maskwright_backend.store.progress import Task
from maskwright_shared.errors import Cancelled

KIND = KINDS["sam2.1-without-low-res"]
GIGABYTE = 1 << 30


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def pair(tmp_path):
    """A folder with a good pair and no card."""
    folder = tmp_path / "pair"
    encoder_graph(KIND).save(folder / "encoder.onnx")
    decoder_graph(KIND).save(folder / "decoder.onnx")
    return folder


def no(house, *paths, **options):
    """Return the sentence with which an import is refused; it leaves nothing."""
    sentence = refused("model.refused", house.bring, *paths, **options)
    assert (house.ids(), house.left_over()) == ([], [])
    return sentence


# What is no plain file.


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/random"])
def test_a_device_is_refused_without_being_read(house, pair, tmp_path, path):
    assert "a device, not a file" in no(house, tmp_path / path)
    assert "a device, not a file" in no(house, pair / "encoder.onnx", tmp_path / path)
    (tmp_path / "link.dtmodel").symlink_to(path)
    assert "a device, not a file" in no(house, tmp_path / "link.dtmodel")


def test_a_pipe_and_a_socket_are_refused_and_folders_that_hold_them(house, pair, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "a pipe, not a file" in no(house, tmp_path / "pipe")
    assert "a pipe, not a file" in no(house, pair / "encoder.onnx", tmp_path / "pipe")
    for name in ("config.json", "sub/deep.onnx", "README"):
        (pair / name).parent.mkdir(exist_ok=True)
        os.mkfifo(pair / name)
        assert f"{name} is a pipe, not a file" in no(house, pair)
        assert f"{name} is a pipe, not a file" in no(house, pair, link=True)
        (pair / name).unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(pair / "s"))
        assert "s is a socket, not a file" in no(house, pair)


def test_a_pipe_in_the_place_of_a_graph_or_of_its_data_is_refused(house, tmp_path):
    folder = write_model(tmp_path / "m", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    data = folder / "onnx" / "vision_encoder.onnx_data"
    data.unlink()
    os.mkfifo(data)
    assert "vision_encoder.onnx_data is a pipe" in no(house, folder)


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "x\0y", "x" * 5000])
def test_a_name_that_no_file_can_have_is_a_sentence(house, name):
    no(house, Path(name))


def test_a_folder_without_end_is_not_walked_through(house, tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "MOST_ENTRIES", 50)
    (tmp_path / "many").mkdir()
    for number in range(60):
        (tmp_path / "many" / str(number)).touch()
    assert "more than 50 files" in no(house, tmp_path / "many")


# Sizes before bytes.


def sparse(path, size, head=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(size)
    return path


class Counting(Task):
    """A task that counts how often it is asked, and is withdrawn after so many times."""

    def __init__(self, most):
        self.asked, self.most = 0, most
        super().__init__(self._count)

    def _count(self):
        self.asked += 1
        if self.asked > self.most:
            raise Cancelled("request.cancelled", "Withdrawn.")


@pytest.mark.parametrize("size", [GIGABYTE, 3 * GIGABYTE, 1 << 42])
def test_an_encoder_of_zeros_is_refused_at_once(house, pair, size):
    sparse(pair / "encoder.onnx", size)
    task = Counting(100)
    sentence = refused("model.refused", house.store.bring, [pair], "", task, link=False)
    assert "not an ONNX file" in sentence or "an ONNX file ends at 2" in sentence
    assert task.asked < 20


def test_a_package_of_giant_size_is_refused_at_once(house, tmp_path):
    assert "a package has at most" in no(house, sparse(tmp_path / "a.dtmodel", 1 << 42))
    assert "neither a folder nor a zip" in no(house, sparse(tmp_path / "b.dtmodel", GIGABYTE))


def test_data_beyond_any_model_is_refused_before_it_is_copied(house, tmp_path):
    folder = write_model(tmp_path / "m", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    with (folder / "onnx" / "vision_encoder.onnx_data").open("r+b") as stream:
        stream.truncate(1 << 42)
    assert "no model here has more than" in no(house, folder)


def test_a_graph_of_small_parts_without_end_is_given_up(house, pair, monkeypatch):
    monkeypatch.setattr(graph_facts, "MOST_FIELDS", 50_000)
    (pair / "encoder.onnx").write_bytes(b"\x08\x08" * 100_000)
    assert "not an ONNX file" in no(house, pair)


def test_looking_at_a_graph_can_be_withdrawn(house, pair):
    (pair / "encoder.onnx").write_bytes(b"\x08\x08" * 1_000_000)
    with pytest.raises(Cancelled):
        house.store.bring([pair], "", Counting(30), link=False)


# Zips.


def zipped(path, names, data=b"x"):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def unnamed(path):
    """Take the name of a zip's only member, of one letter, away."""
    data = bytearray(zipped(path, ["m"]).read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 28, 0)
    del data[at + 46]
    end = data.index(b"PK\x05\x06")
    struct.pack_into("<I", data, end + 12, 46)
    path.write_bytes(data)
    return path


def test_a_member_without_a_name_is_refused(house, tmp_path):
    assert "a file without a name" in no(house, unnamed(tmp_path / "m.zip"))


@pytest.mark.parametrize(
    "name", [".", "./", "..", "/", "a/../../b", "a\x1b[2J", "a\nb", "n" * 300, "\u202egpj.exe"]
)
def test_a_member_of_an_odd_name_is_refused(house, tmp_path, name):
    sentence = no(house, zipped(tmp_path / "m.zip", [name, "ok"]))
    assert not re.search("[\x00-\x1f\u202e]", sentence)


def test_a_file_where_a_folder_must_be_is_a_sentence(house, tmp_path):
    sentence = refused("model.disk", house.bring, zipped(tmp_path / "m.zip", ["a", "a/b"]))
    assert "cannot be written" in sentence


def test_a_list_of_contents_without_end_is_not_read(house, tmp_path):
    path = zipped(tmp_path / "m.zip", ["m"])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x05\x06") + 12, 1 << 30)
    path.write_bytes(data)
    assert "far more files" in no(house, path)


# What a package says of itself.


def nested(depth):
    return {"x": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    "attributes",
    [
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9" * 400,
        json.dumps(nested(600)).encode(),
        json.dumps("y" * 400_000).encode(),
    ],
    ids=["nan", "infinite", "huge", "long", "deep", "large"],
)
@pytest.mark.parametrize("name", ["config.json", "card.json", "CONFIG.JSON"])
def test_attributes_that_cannot_be_told_are_refused(house, pair, attributes, name):
    (pair / name).write_bytes(b'{"id": "odd", "attributes": {"x": ' + attributes + b"}}")
    sentence = refused("model.card" if name == "card.json" else "model.refused", house.bring, pair)
    assert name in sentence
    assert house.ids() == []


def test_names_in_capitals_are_found(house, tmp_path):
    folder = tmp_path / "SHOUTED"
    encoder_graph(KIND).save(folder / "ENCODER.ONNX")
    decoder_graph(KIND).save(folder / "Decoder.OnnX")
    (folder / "CONFIG.JSON").write_text(json.dumps({"id": "loud", "name": "Loud"}))
    house.bring(folder)
    entry = house.entry("loud")
    assert [path.name for path in entry.model.paths] == ["ENCODER.ONNX", "Decoder.OnnX"]
    assert house.store.verify("loud", Task())["models"][0]["ok"]


# Reasons.


def changed(path, change):
    model = onnx.load(str(path))
    change(model)
    path.write_bytes(model.SerializeToString())


def test_an_opset_that_is_too_new_is_named_with_the_newest_that_is_taken(house, pair):
    def newer(model):
        model.opset_import[0].version = 99

    changed(pair / "encoder.onnx", newer)
    assert re.search(
        r"written in opset 99, and the installed ONNX Runtime [\d.]+ takes up to \d\d:", no(house, pair)
    )


def test_an_ir_version_that_is_too_new_is_named_with_the_newest_that_is_taken(house, pair):
    def newer(model):
        model.ir_version = 99

    changed(pair / "decoder.onnx", newer)
    assert re.search(
        r"its IR version is 99, and the installed ONNX Runtime [\d.]+ takes up to \d+:", no(house, pair)
    )


def test_an_operator_that_is_not_there_is_named(house, pair):
    changed(
        pair / "encoder.onnx",
        lambda model: model.graph.node.append(helper.make_node("Nonsense", ["image"], ["n"])),
    )
    assert "its operator Nonsense is none that the installed" in no(house, pair)


def test_a_data_file_that_was_cut_short_is_named_with_what_is_wanted(house, tmp_path):
    folder = write_model(tmp_path / "m", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    with (folder / "onnx" / "vision_encoder.onnx_data").open("r+b") as stream:
        stream.truncate(100)
    assert re.search(
        r"vision_encoder.onnx_data has 100 bytes, and .* wants \d+ of it: it was cut short", no(house, folder)
    )


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx", "encoder.onnx_data"])
def test_a_pointer_of_git_lfs_is_named(house, tmp_path, name):
    folder = tmp_path / "lfs"
    encoder_graph(KIND).save(folder / "encoder.onnx", external=True)
    decoder_graph(KIND).save(folder / "decoder.onnx")
    (folder / name).write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n")
    assert f"{name} is a pointer of Git LFS" in no(house, folder)
    (tmp_path / "p.dtmodel").write_bytes((folder / name).read_bytes())
    assert "p.dtmodel is a pointer of Git LFS" in no(house, tmp_path / "p.dtmodel")
