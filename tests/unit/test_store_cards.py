# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of the known models: complete, honest about what is unknown, and such that a model can be got by them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from maskwright_backend.cli import model_table
from maskwright_backend.models.families import FAMILIES
from maskwright_backend.store.catalogue import CARDS, by_archive_hash, catalogue, find
from maskwright_backend.store.pulling import check_accepted
from maskwright_backend.store.store import offered
from maskwright_shared.errors import ModelError

GUIDE = Path(__file__).parents[2] / "docs" / "models.md"
NEEDED = ("good_for", "training_data_licences", "paper", "facts_from", "rank")
ALL = pytest.mark.parametrize("known", catalogue().values(), ids=list(catalogue()))
HUB = re.compile(r"/[\w.-]+/[\w.-]+/resolve/[0-9a-f]{40}/(.+)")
REVISION = re.compile(r"/[\w.-]+/[\w.-]+/[0-9a-f]{40}/(.+)")
RELEASE = re.compile(
    r"/darktable-org/darktable-ai/releases/download/release-[0-9.]+/(mask-object-[\w-]+)\.dtmodel"
)
PAPERS = {  # what the paper is about, by its number at arXiv
    "2304.02643": "Segment Anything (ICCV 2023)",
    "2306.01567": "Segment Anything in High Quality",
    "2306.14289": "Faster Segment Anything: Towards Lightweight SAM for Mobile Applications",
    "2404.00741": "Rethinking Interactive Image Segmentation with Low Latency, High Quality, and Diverse Prompts",
    "2408.00714": "SAM 2: Segment Anything in Images and Videos",
    "2501.07256": "EdgeTAM: On-Device Track Anything Model",
    "2511.16719": "SAM 3: Segment Anything with Concepts",
}
LICENCES = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "MIT": "https://opensource.org/license/mit",
    "SAM License": "https://github.com/facebookresearch/sam3/blob/main/LICENSE",
}


def test_every_documented_system_has_a_card():
    wanted = {
        "sam2.1-hiera-tiny", "sam2.1-hiera-small", "hq-sam-light", "hq-sam2.1-hiera-large", "sam-hq-vit-b",
        "sam-hq-vit-l", "sam-hq-vit-h", "segnext-vit-b-sax2-hq", "sam-vit-b", "mobile-sam",
    }  # fmt: skip
    assert wanted <= set(catalogue())


@ALL
def test_a_card_is_complete(known):
    card = known.card
    assert card.family in {family.name for family in FAMILIES}
    assert all(
        (
            card.name,
            card.summary,
            card.licence,
            card.licence_url,
            card.training_data,
            card.limits,
            card.source,
        )
    )
    assert [name for name in NEEDED if not card.details.get(name)] == []
    assert (CARDS / f"{card.id}.json").is_file()
    assert known.is_published or "`maskwright models" in known.obtain


@ALL
def test_research_only_data_and_mixed_terms_are_said_beforehand(known):
    told = " ".join(known.restrictions)
    assert ("SA-1B" in known.card.training_data) == ("research only" in told)
    assert ("HQSeg-44K" in known.card.training_data) == ("non-commercial" in told)


@ALL
def test_what_restricts_is_told_word_for_word_before_a_download(known):
    if not known.restrictions:
        assert check_accepted(known, accept=False) is None
        return
    with pytest.raises(ModelError) as refused:
        check_accepted(known, accept=False)
    assert refused.value.code == "model.licence"
    assert [told for told in known.restrictions if told not in refused.value.message] == []
    assert check_accepted(known, accept=True)["restrictions"] == list(known.restrictions)


@ALL
def test_a_data_set_that_restricts_is_never_left_out_of_what_is_told(known):
    details = known.card.details
    told = " ".join(known.restrictions)
    data = f"{known.card.training_data} {details['training_data_licences']}"
    for name in ("SA-1B", "HQSeg-44K", "DIS5K", "ThinObject-5K", "MAE"):
        assert (name in data) == (name in told), name
    assert ("CC BY-NC" in details["training_data_licences"]) == ("CC BY-NC" in told)
    assert ("SA-V" in known.card.training_data) == ("SA-V: CC BY 4.0" in details["training_data_licences"])


def test_the_same_data_is_told_of_in_the_same_words():
    for name in ("Trained on SA-1B", "Trained on HQSeg-44K"):
        told = {
            line for known in catalogue().values() for line in known.restrictions if line.startswith(name)
        }
        assert len(told) == 1


@ALL
def test_licence_paper_and_classes_are_those_that_exist(known):
    card = known.card
    assert card.licence_url == LICENCES[card.licence]
    number = card.details["paper"].rsplit("https://arxiv.org/abs/", 1)[1]
    assert PAPERS[number] in card.details["paper"]
    assert card.details.get("osaid") in (None, "Open Source AI", "Open Weights", "Open Model")
    assert card.details.get("mof") in (
        None,
        "Class I (Open Science)",
        "Class II (Open Tooling)",
        "Class III (Open Model)",
    )
    assert ("osaid" in card.details) == ("mof" in card.details)


@ALL
def test_sizes_agree_with_each_other_and_with_the_guide(known):
    details = known.card.details
    sizes = [file.size for file in known.card.files.values()]
    if None not in sizes:
        assert details["size_mb"] == round(sum(sizes) / 1e6)
    assert details.get("download_mb", 0) <= details.get("size_mb", 0)
    if known.archive:
        assert details["download_mb"]
    told = re.findall(rf"`{re.escape(known.card.id)}` \((\d+) MB\)", GUIDE.read_text())
    assert {int(size) for size in told} <= {details.get("size_mb")}


@ALL
def test_published_weights_are_pinned_too(known):
    weights = known.card.details.get("checkpoint")
    if weights is None:
        return
    url = urlsplit(weights["url"])
    if url.netloc == "raw.githubusercontent.com":
        assert REVISION.fullmatch(url.path)
    elif url.netloc == "huggingface.co":
        assert HUB.fullmatch(url.path)
    else:
        assert url.netloc == "dl.fbaipublicfiles.com"
    if weights["sha256"]:
        assert re.fullmatch("[0-9a-f]{64}", weights["sha256"])
    else:
        assert re.fullmatch("[0-9a-f]{32}", weights["md5"])


@ALL
def test_what_is_published_can_be_addressed(known):
    urls = list(known.files.values()) + ([known.archive.url] if known.archive else [])
    for url in urls:
        assert urlsplit(url).scheme == "https"
        assert "/main/" not in url, "an address whose bytes may change"
    for name, url in known.files.items():
        place = HUB.fullmatch(urlsplit(url).path)
        assert place
        if any(other.endswith(".onnx_data") for other in known.files):
            assert place[1] == name, "a graph asks for its data file by this name, beside itself"
            assert name.endswith(".onnx_data") or f"{name}_data" in known.files
    if known.files:
        assert set(known.files) == set(known.card.files)
        assert all(file.sha256 and file.size for file in known.card.files.values())
    if known.archive:
        assert re.fullmatch("[0-9a-f]{64}", known.archive.sha256)
        assert set(known.archive.members) == set(known.card.files)
        package = RELEASE.fullmatch(urlsplit(known.archive.url).path)
        assert package
        assert [package[1]] == known.card.details["also_known_as"]
        assert set(known.archive.members.values()) == {f"{package[1]}/{name}" for name in known.card.files}
        assert by_archive_hash(known.archive.sha256) is known


@ALL
def test_the_whole_card_can_be_shown_with_where_it_comes_from(known):
    row = offered()[known.card.id]
    text = "\n".join(model_table.card_lines(row))
    assert known.card.training_data in text
    assert [told for told in known.restrictions if told not in text] == []
    published = [known.archive.url, known.archive.sha256] if known.archive else known.files.values()
    assert [told for told in published if told not in text] == []
    assert ("how to get it: " in text) == (not known.is_published)
    assert ("the package is compared with its SHA-256" in text) == (known.archive is not None)
    assert "pinned when it is first downloaded" not in text


def test_a_hash_that_nobody_publishes_is_said_to_be_pinned():
    files = {"a.onnx": {"sha256": None, "size": 1}, "b.onnx": {"sha256": "0" * 64, "size": 1}}
    details = {"addresses": {"a.onnx": "https://models.example/a.onnx"}}
    text = "\n".join(model_table.card_lines({"id": "x", "files": files, "details": details}))
    assert "SHA-256 of a.onnx: not published, pinned when it is first downloaded" in text


def test_speeds_say_how_they_were_measured():
    details = [known.card.details for known in catalogue().values()]
    speeds = [each["expected_speed"] for each in details if "expected_speed" in each]
    assert len(speeds) >= 5
    assert all("random weights on 2 cores" in speed["measured"] for speed in speeds)


def test_models_are_found_by_darktables_names_too():
    assert find("mask-object-sam21-tiny").card.id == "sam2.1-hiera-tiny"
    with pytest.raises(ModelError, match="known are: "):
        find("nothing")


def test_the_table_fits_people():
    measured = {"encoder_ms": 1234.5, "click_ms": 20.4}
    details = {"restrictions": ["x"], "good_for": "all"}
    fine = {"id": "a", "state": "installed", "licence": "MIT", "size_mb": 12.3, "reason": "", "name": "A"}
    broken = {"id": "b", "state": "broken", "licence": "", "reason": "It is damaged.", "name": "B"}
    rows = model_table.model_rows([{**fine, "measured": measured, "details": details}, broken], "a")
    assert rows[1] == (">", "a", "installed", "12 MB", "MIT*", "1.2 s", "20 ms", "all")
    assert rows[2] == ("", "b", "broken", "-", "unknown", "-", "-", "It is damaged.")
    assert model_table.table(rows).count("\n") == 2
