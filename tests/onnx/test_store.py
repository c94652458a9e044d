# SPDX-License-Identifier: GPL-3.0-or-later
"""The store on real graphs: imports, refusals with their reasons, pull, verify, remove, default, bench."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import stat
import zipfile

import onnx
import pytest
from onnx import TensorProto, helper
from tests.onnx.graph_maker import GraphMaker
from tests.onnx.small_graphs import KINDS, decoder_graph, encoder_graph, write_card, write_model
from tests.unit.tricky_server import Trick, TrickyServer

from maskwright_backend.models.registry import Registry
from maskwright_backend.preferences import Preferences
from maskwright_backend.store import catalogue, pulling
from maskwright_backend.store.progress import Task
from maskwright_backend.store.pulling import Pull
from maskwright_backend.store.store import Store
from maskwright_shared.errors import Cancelled, ModelError

TINY = "sam2.1-without-low-res"
CONFIG = {
    "id": "mask-object-sam21-tiny", "name": "mask sam2.1 hiera tiny", "description": "For interactive masking",
    "task": "mask", "arch": "sam2", "backend": "onnx", "version": "1.0", "tiling": False,
    "model_card": {"license": "Apache-2.0", "training_data": "SA-V + SA-1B", "training_data_license": "mixed",
                   "source": "https://example.org", "notes": "research-only data", "paper": "a paper"},
    "attributes": {"input": "square"},
}  # fmt: skip


class House:
    """A home folder with its store; `unloaded` notes the models whose memory was given back."""

    def __init__(self, folder):
        self.models = folder / "home" / "models"
        self.unloaded = []
        self.registry = Registry(self.models)
        self.preferences = Preferences(self.models.parent)
        self.store = Store(self.models, self.registry, self.preferences, 1, self.unloaded.append)

    def bring(self, *paths, model="", link=False):
        return self.store.bring(paths, model, Task(), link=link)

    def pull(self, model, source="", *, accept=False, environment=None):
        return self.store.pull(Pull(model, str(source), accept, environment or {}), Task())

    def ids(self):
        return [entry.id for entry in self.registry.list() if not entry.is_builtin]

    def entry(self, model):
        return next(entry for entry in self.registry.list() if entry.id == model)

    def left_over(self):
        """Return what lies in the models folder beside models."""
        return [path.name for path in self.models.glob(".*")] if self.models.is_dir() else []


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A .dtmodel as darktable-ai packs it: a zip with ID/config.json, ID/decoder.onnx, ID/encoder.onnx."""
    folder = tmp_path_factory.mktemp("packing")
    output = folder / CONFIG["id"]
    encoder_graph(KINDS[TINY]).save(output / "encoder.onnx")
    decoder_graph(KINDS[TINY]).save(output / "decoder.onnx")
    (output / "config.json").write_text(json.dumps(CONFIG, indent=4))
    path = folder / f"{CONFIG['id']}.dtmodel"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(output.rglob("*")):
            archive.write(file, f"{CONFIG['id']}/{file.relative_to(output)}")
    return path


@pytest.fixture
def unpacked(package, tmp_path):
    folder = tmp_path / "unpacked"
    shutil.copytree(package.parent / CONFIG["id"], folder)
    return folder


def refused(code, call, *arguments, **options):
    with pytest.raises(ModelError) as caught:
        call(*arguments, **options)
    assert caught.value.code == code, caught.value.message
    return caught.value.message


# Imports.


def test_a_package_of_darktable_ai_is_imported_with_what_its_config_says(house, package):
    report = house.bring(package)
    assert (report["model"], report["state"]) == ("mask-object-sam21-tiny", "installed")
    card = house.entry("mask-object-sam21-tiny").card
    assert (card.family, card.licence, card.training_data) == ("sam2", "Apache-2.0", "SA-V + SA-1B")
    assert card.limits == ("research-only data",)
    assert card.details["attributes"] == {"input": "square"}
    folder = house.models / "mask-object-sam21-tiny"
    for name, file in card.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == file.sha256
    assert house.left_over() == []


def test_a_folder_is_imported_under_a_name_of_the_users(house, unpacked):
    house.bring(unpacked, model="mine")
    assert house.ids() == ["mine"]
    assert "already" in refused("model.exists", house.bring, unpacked, model="mine")
    assert "small letters" in refused("model.card", house.bring, unpacked, model="Not/ this")


def test_the_pre_converted_model_comes_with_its_external_data(house, tmp_path):
    folder = write_model(tmp_path / "small", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    (folder / "onnx" / "vision_encoder_fp16.onnx").write_bytes(b"another variant")
    house.bring(folder)
    entry = house.entry("small")
    assert entry.model.family.name == "sam2_preconverted"
    assert sorted(entry.card.files) == [
        "onnx/prompt_encoder_mask_decoder.onnx", "onnx/prompt_encoder_mask_decoder.onnx_data",
        "onnx/vision_encoder.onnx", "onnx/vision_encoder.onnx_data",
    ]  # fmt: skip
    assert not (entry.folder / "onnx" / "vision_encoder_fp16.onnx").exists()


@pytest.mark.parametrize("turned", [False, True], ids=["encoder first", "decoder first"])
def test_two_files_of_any_name_are_told_apart_by_their_tensors(house, tmp_path, turned):
    kind = KINDS["sam-hq-official"]
    encoder_graph(kind).save(tmp_path / "a.onnx")
    decoder_graph(kind).save(tmp_path / "b.onnx")
    paths = (tmp_path / "a.onnx", tmp_path / "b.onnx")
    house.bring(*(paths[::-1] if turned else paths), model="hq")
    entry = house.entry("hq")
    assert entry.model.family.name == "sam_hq_official"
    assert [path.name for path in entry.model.paths] == ["a.onnx", "b.onnx"]
    assert entry.card.licence == "unknown"


@pytest.mark.parametrize("turned", [False, True], ids=["encoder first", "decoder first"])
def test_two_files_of_different_models_are_named_by_their_families(house, tmp_path, turned):
    encoder_graph(KINDS["sam2.1-hiera-tiny"]).save(tmp_path / "a.onnx")
    decoder_graph(KINDS["sam-hq-official"]).save(tmp_path / "b.onnx")
    paths = (tmp_path / "a.onnx", tmp_path / "b.onnx")
    sentence = refused("model.refused", house.bring, *(paths[::-1] if turned else paths), model="hq")
    assert "the encoder is of SAM 2, the decoder of SAM-HQ" in sentence


def test_linked_files_stay_where_they_are(house, unpacked):
    house.bring(unpacked, model="linked", link=True)
    entry = house.entry("linked")
    assert entry.model.paths == (unpacked / "encoder.onnx", unpacked / "decoder.onnx")
    assert sorted(path.name for path in entry.folder.iterdir()) == ["card.json"]
    house.store.remove("linked")
    assert (unpacked / "encoder.onnx").is_file()
    house.bring(unpacked, model="linked", link=True)
    (unpacked / "decoder.onnx").write_bytes(b"cut")
    assert "has 3 bytes" in house.entry("linked").reason


def test_a_package_cannot_be_linked(house, package):
    assert "unpack it first" in refused("model.refused", house.bring, package, link=True)


def test_a_card_that_came_along_does_not_decide_where_files_lie(house, unpacked):
    write_card(unpacked, "sly", "sam2", linked="/etc", graphs={"encoder": "../x", "decoder": "../y"})
    (unpacked / "config.json").unlink()
    write_card(unpacked, "sly", "sam2", linked="/etc", graphs={"encoder": "../x", "decoder": "../y"})
    house.bring(unpacked)
    assert house.entry("sly").model.paths[0].parent == house.models / "sly"


def test_a_card_whose_hashes_do_not_fit_is_not_believed(house, unpacked):
    write_card(unpacked, "sly", "sam2", files={"encoder.onnx": {"sha256": "0" * 64}, "decoder.onnx": {}})
    refused("model.tampered", house.bring, unpacked)
    assert house.ids() == []


def test_published_files_are_known_wherever_they_come_from(house, unpacked, monkeypatch):
    template = catalogue.find("mobile-sam")
    files = {
        name: dataclasses.replace(file, sha256=hashlib.sha256((unpacked / name).read_bytes()).hexdigest())
        for name, file in template.card.files.items()
    }
    card = dataclasses.replace(template.card, family="sam2", files=files)
    known = dataclasses.replace(template, card=card)
    monkeypatch.setattr(catalogue, "catalogue", lambda: {"mobile-sam": known})
    (unpacked / "config.json").unlink()
    house.bring(unpacked, model="found")
    assert house.entry("found").card.training_data == template.card.training_data


def test_a_package_that_only_bears_a_known_name_says_so(house, unpacked):
    (unpacked / "config.json").write_text(json.dumps({"id": "mask-object-sam21-tiny"}))
    house.bring(unpacked)
    card = house.entry("mask-object-sam21-tiny").card
    assert card.licence == "unknown"
    assert "sam2.1-hiera-tiny: its card may apply" in card.details["named_like"]


# Refusals.


def zipped(path, entries, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return path


def link_entry():
    entry = zipfile.ZipInfo("m/encoder.onnx")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


HOSTILE = {
    "path traversal": ([("../../outside.onnx", b"x")], "outside its folder"),
    "absolute path": ([("/tmp/outside.onnx", b"x")], "outside its folder"),
    "backslashes": ([("m\\..\\..\\outside.onnx", b"x")], "outside its folder"),
    "drive letter": ([("C:outside.onnx", b"x")], "outside its folder"),
    "symbolic link": ([(link_entry(), "/etc/passwd")], "a link or a device"),
    "the same name twice": ([("m/a", b"x"), ("m/A", b"y")], "twice"),
    "a bomb": ([("m/encoder.onnx", bytes(200_000_000))], "no honest package"),
    "a thousand files": ([(f"m/{n}", b"") for n in range(1000)], "1000 files"),
    "no graphs": ([("m/readme.txt", b"x")], "it holds: none"),
    "a graph that is none": (
        [("m/encoder.onnx", b"<html>"), ("m/decoder.onnx", b"<html>")],
        "not an ONNX file",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_package_is_refused_and_leaves_nothing(house, tmp_path, case):
    entries, reason = HOSTILE[case]
    path = zipped(tmp_path / "hostile.dtmodel", entries)
    assert reason in refused("model.refused", house.bring, path)
    assert house.ids() == []
    assert house.left_over() == []
    assert not list(tmp_path.rglob("outside*"))


def test_a_member_that_is_larger_than_it_says_is_refused(house, package, tmp_path):
    data = bytearray(package.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path = tmp_path / "liar.dtmodel"
    path.write_bytes(data)
    refused("model.refused", house.bring, path)
    assert house.left_over() == []


def test_a_damaged_member_is_refused(house, package, tmp_path):
    """The packed bytes themselves make no sense; zlib notices before the checksum could."""
    data = bytearray(
        zipped(tmp_path / "whole.dtmodel", [("m/encoder.onnx", bytes(range(256)) * 200)]).read_bytes()
    )
    data[60:400] = bytes(340)
    (tmp_path / "damaged.dtmodel").write_bytes(data)
    assert "not a zip that can be read" in refused("model.refused", house.bring, tmp_path / "damaged.dtmodel")
    assert house.left_over() == []


def test_a_method_of_packing_that_is_seldom_is_refused(house, tmp_path):
    path = tmp_path / "seldom.dtmodel"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("m/encoder.onnx", b"x" * 1000)
    assert "seldom" in refused("model.refused", house.bring, path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", b"<html>"])
def test_a_file_that_is_no_zip_is_refused(house, tmp_path, data):
    (tmp_path / "m.dtmodel").write_bytes(data)
    refused("model.refused", house.bring, tmp_path / "m.dtmodel")
    refused("model.refused", house.bring, tmp_path / "absent")


def test_a_folder_of_links_is_refused(house, unpacked, tmp_path):
    (unpacked / "encoder.onnx").rename(tmp_path / "elsewhere.onnx")
    (unpacked / "encoder.onnx").symlink_to(tmp_path / "elsewhere.onnx")
    assert "symbolic link" in refused("model.refused", house.bring, unpacked)
    assert "symbolic link" in refused("model.refused", house.bring, unpacked, link=True)


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "sub/../../secret", ""])
def test_external_data_outside_the_folder_is_refused(house, tmp_path, location):
    folder = write_model(tmp_path / "m", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    path = folder / "onnx" / "vision_encoder.onnx"
    graph = onnx.load(str(path), load_external_data=False)
    for tensor in graph.graph.initializer:
        for pair in tensor.external_data:
            if pair.key == "location":
                pair.value = location
    path.write_bytes(graph.SerializeToString())
    assert "outside its folder" in refused("model.refused", house.bring, folder)


def test_missing_external_data_is_named(house, tmp_path):
    folder = write_model(tmp_path / "m", "sam2.1-hiera-small", external=True)
    (folder / "card.json").unlink()
    (folder / "onnx" / "vision_encoder.onnx_data").unlink()
    assert "vision_encoder.onnx_data is missing" in refused("model.refused", house.bring, folder)


def custom_node(nested):
    node = helper.make_node("Steal", ["image"], ["stolen"], domain="evil.ops")
    if not nested:
        return node
    info = helper.make_tensor_value_info("stolen", TensorProto.FLOAT, None)
    branch = helper.make_graph([node], "branch", [], [info])
    return helper.make_node("If", ["cond"], ["s"], then_branch=branch, else_branch=branch)


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "in a branch"])
def test_custom_operators_are_refused(house, unpacked, nested):
    model = onnx.load(str(unpacked / "encoder.onnx"))
    model.graph.node.append(custom_node(nested))
    model.opset_import.append(helper.make_opsetid("evil.ops", 1))
    (unpacked / "encoder.onnx").write_bytes(model.SerializeToString())
    assert "custom operators (evil.ops)" in refused("model.refused", house.bring, unpacked)


def test_a_failing_trial_run_is_refused_with_its_reason(house, unpacked):
    kind = KINDS[TINY]
    graph = decoder_graph(kind)
    graph.nodes.insert(
        0, helper.make_node("Reshape", ["point_coords", graph.const([7], "int64")], ["unused"])
    )
    (unpacked / "decoder.onnx").write_bytes(graph.model().SerializeToString())
    assert "decoder.onnx fails when it runs" in refused("model.refused", house.bring, unpacked)


def test_a_pair_that_is_no_known_model_is_refused_with_the_tensor(house, tmp_path):
    for name in ("encoder", "decoder"):
        graph = GraphMaker(name)
        graph.output("y", graph.op("Neg", graph.input("x", [1])), [1])
        graph.save(tmp_path / "odd" / f"{name}.onnx")
    assert "no model known here" in refused("model.refused", house.bring, tmp_path / "odd")


def test_a_model_that_takes_its_process_down_is_refused(tmp_path, unpacked):
    house = House(tmp_path)
    for code, reason in (("import os; os.abort()", "crashed"), ("print(3)", "no answer"), ("", "no answer")):
        house.store._command = (shutil.which("python3"), "-c", code)
        assert reason in refused("model.refused", house.bring, unpacked)
    assert house.ids() == []


# Verify, remove, default, list, bench.


def test_verify_finds_every_change(house, unpacked, package):
    house.bring(unpacked, model="a")
    house.bring(package, model="b")
    rows = {row["id"]: row for row in house.store.verify("", Task())["models"]}
    assert all(row["ok"] for row in rows.values())
    path = house.models / "a" / "encoder.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (house.models / "b" / "decoder.onnx").unlink()
    rows = {row["id"]: row for row in house.store.verify("", Task())["models"]}
    assert "encoder.onnx is not the file that was installed" in rows["a"]["problems"][0]
    assert "decoder.onnx" in rows["b"]["problems"][0]
    assert rows["maskwright-builtin"]["ok"]
    refused("model.unknown", house.store.verify, "c", Task())


def test_remove_and_default(house, unpacked):
    house.bring(unpacked, model="a")
    house.store.set_default("a")
    assert Preferences(house.models.parent).default_model == "a"
    house.store.remove("a")
    assert house.unloaded == ["a"]
    assert (house.ids(), house.left_over()) == ([], [])
    assert house.preferences.default_model == "maskwright-builtin"
    refused("model.unknown", house.store.remove, "a")
    refused("model.unknown", house.store.set_default, "a")
    refused("model.builtin", house.store.remove, "maskwright-builtin")


def test_a_default_whose_folder_is_gone_is_the_built_in_one(house, unpacked):
    house.bring(unpacked, model="a")
    house.store.set_default("a")
    shutil.rmtree(house.models / "a")
    assert house.preferences.default_model == "maskwright-builtin"
    (house.models.parent / "settings.json").write_text("{damaged")
    assert house.preferences.default_model == "maskwright-builtin"


def test_bench_measures_and_recommends(house, unpacked):
    house.bring(unpacked, model="a")
    report = house.store.bench("", Task())
    assert [row["id"] for row in report["models"]] == ["maskwright-builtin", "a"]
    for row in report["models"]:
        assert row["encoder_ms"] > 0
        assert row["click_ms"] > 0
        assert row["memory_mb"] > 20
        assert row["provider"] == "CPUExecutionProvider"
    assert set(report["recommended"].values()) <= {"maskwright-builtin", "a"}
    listed = {row["id"]: row for row in house.store.listing(available=True)}
    assert listed["a"]["measured"]["encoder_ms"] == report["models"][1]["encoder_ms"]
    assert listed["mobile-sam"]["state"] == "available"
    assert listed["sam3-tracker"]["state"] == "to be exported"


def test_a_crash_between_two_renames_is_mended(house, unpacked):
    house.bring(unpacked, model="a")
    (house.models / "a").rename(house.models / ".outgoing-a-0123abcd")
    assert House(house.models.parent.parent).ids() == ["a"]


# Pull.


@pytest.fixture
def server(package):
    server = TrickyServer()
    server.files["/d/some.dtmodel"] = package.read_bytes()
    yield server
    server.close()


@pytest.fixture
def known(monkeypatch, package):
    """A catalogue of one restricted model: two files of which one has a published hash, at the hub's address."""
    folder = package.parent / CONFIG["id"]
    template = catalogue.find("mobile-sam")
    encoder = hashlib.sha256((folder / "encoder.onnx").read_bytes()).hexdigest()
    files = {
        "encoder.onnx": dataclasses.replace(template.card.files["encoder.onnx"], sha256=encoder,
                                            size=(folder / "encoder.onnx").stat().st_size),
        "decoder.onnx": dataclasses.replace(template.card.files["decoder.onnx"], sha256=None, size=None),
    }  # fmt: skip
    card = dataclasses.replace(template.card, id="known", family="sam2", files=files)
    urls = {name: f"https://huggingface.co/some/model/resolve/rev/{name}" for name in files}
    known = catalogue.Known(card, urls, None)
    monkeypatch.setattr(pulling, "find", lambda name: known if name == "known" else catalogue.find(name))
    return folder


def serve_known(server, folder):
    for name in ("encoder.onnx", "decoder.onnx"):
        server.files[f"/some/model/resolve/rev/{name}"] = (folder / name).read_bytes()
    return {"HF_ENDPOINT": server.url}


def test_a_restriction_is_said_before_anything_is_fetched(house, server, known):
    environment = serve_known(server, known)
    message = refused("model.licence", house.pull, "known", environment=environment)
    assert "research only" in message
    assert "--accept" in message
    assert server.requests == []
    assert house.left_over() == []


def test_a_known_model_comes_from_a_mirror_with_the_consent_noted(house, server, known):
    report = house.pull("known", accept=True, environment=serve_known(server, known))
    assert report["pinned"] == ["decoder.onnx"]
    accepted = json.loads((house.models / "known" / "accepted.json").read_text())
    assert "research only" in accepted["restrictions"][0]
    card = house.entry("known").card
    assert card.details["pinned_on_first_download"] == ["decoder.onnx"]
    assert all(file.sha256 and file.size for file in card.files.values())
    assert "download" not in card.details
    assert house.pull("known", accept=True)["already"]
    assert house.left_over() == []


def test_what_was_pinned_must_come_again(house, server, known):
    environment = serve_known(server, known)
    house.pull("known", accept=True, environment=environment)
    house.store.remove("known")
    server.tricks["/some/model/resolve/rev/decoder.onnx"] = Trick(body=b"another decoder" * 50)
    refused("model.tampered", house.pull, "known", accept=True, environment=environment)
    assert house.ids() == []
    server.tricks.clear()
    house.pull("known", accept=True, environment=environment)
    assert house.ids() == ["known"]


def test_a_tampered_download_never_looks_installed_and_the_next_try_goes_on(house, server, known):
    environment = serve_known(server, known)
    path = "/some/model/resolve/rev/encoder.onnx"
    server.tricks[path] = Trick(body=b"x" * len(server.files[path]))
    refused("model.tampered", house.pull, "known", accept=True, environment=environment)
    assert house.ids() == []
    assert not (house.models / "known").exists()
    server.tricks.clear()
    house.pull("known", accept=True, environment=environment)
    assert house.ids() == ["known"]


def test_what_came_whole_and_is_no_model_is_not_taken_again(house, server, known):
    environment = serve_known(server, known)
    decoder, encoder = (f"/some/model/resolve/rev/{name}.onnx" for name in ("decoder", "encoder"))
    server.tricks[decoder] = Trick(times=1, body=b"no graph at all" * 100)
    refused("model.refused", house.pull, "known", accept=True, environment=environment)
    assert house.ids() == []
    house.pull("known", accept=True, environment=environment)
    assert house.ids() == ["known"]
    assert len(server.ranges(encoder)) == 1  # its hash is published, so it stayed
    assert server.ranges(decoder) == [None, None]


def test_an_address_that_is_none_is_a_sentence(house):
    assert "no address" in refused("model.download", house.pull, "own", "http://[::1/m.dtmodel")


def test_a_cancelled_pull_is_gone_on_with(house, server, known):
    environment = serve_known(server, known)
    name = "/some/model/resolve/rev/decoder.onnx"
    server.tricks[name] = Trick(stall=100)
    pull = Pull("known", "", True, environment)

    def stop():
        if server.ranges(name):
            raise Cancelled("request.cancelled", "Withdrawn.")

    with pytest.raises(Cancelled):
        house.store.pull(pull, Task(stop))
    assert house.ids() == []
    server.tricks.clear()
    house.pull("known", accept=True, environment=environment)
    assert len(server.ranges("/some/model/resolve/rev/encoder.onnx")) == 1
    assert house.ids() == ["known"]


def test_a_model_is_pulled_from_an_address_or_a_folder_of_the_users(house, server, known, package):
    house.pull("own", f"{server.url}/d/some.dtmodel")
    card = house.entry("own").card
    assert (card.licence, card.family) == ("Apache-2.0", "sam2")
    assert card.details["pinned_on_first_download"] == ["encoder.onnx", "decoder.onnx"]
    house.pull("known", known, accept=True)
    assert house.entry("known").card.details["installed"]["from"] == str(known)
    assert len(server.requests) == 1


def test_a_folder_without_the_files_and_one_with_others_are_refused(house, known, tmp_path):
    assert "There is no file" in refused("model.download", house.pull, "known", tmp_path, accept=True)
    for name in ("encoder.onnx", "decoder.onnx"):
        (tmp_path / name).write_bytes(b"something else")
    refused("model.tampered", house.pull, "known", tmp_path, accept=True)


def test_a_model_that_is_not_published_says_how_it_is_got(house):
    obtain = catalogue.find("sam3-tracker").obtain
    assert obtain in refused("model.source", house.pull, "sam3-tracker", accept=True)
    assert "known are" in refused("model.unknown", house.pull, "nothing")
