# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloading a file: whole, resumed, refused when its hash is wrong, stopped when the user says so."""

import pytest
from tests.unit.wheels import FakeIndex

from maskwright_plugin.setup.download import download
from maskwright_plugin.setup.index import Link, PackageIndex
from maskwright_plugin.setup.problems import SetupCancelled, SetupError
from maskwright_plugin.setup.settings import IndexSettings
from maskwright_plugin.setup.task import Task

CONTENT = bytes(range(256)) * 2000
NAME = "thing-1-py3-none-any.whl"


@pytest.fixture
def served(tmp_path):
    """Return a function that starts an index with one file and downloads it."""
    source = tmp_path / NAME
    source.write_bytes(CONTENT)
    folder = tmp_path / "here"

    def fetch(task=None, **options):
        with FakeIndex(**options) as index:
            index.add(source)
            index.wrong_hash = fetch.wrong_hash
            packages = PackageIndex(IndexSettings((index.url,)))
            fetch.requests = index.requests
            return download(packages, packages.links("thing")[0], folder, task or Task())

    fetch.wrong_hash = False
    fetch.folder = folder
    return fetch


def ranges(served):
    return [headers.get("Range") for path, headers in served.requests if path.startswith("/files")]


def test_a_file_arrives_whole(served):
    assert served().read_bytes() == CONTENT


def test_progress_goes_up_to_the_end(served):
    told = []
    served(Task(told.append))
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert {progress.text for progress in told} == {"Downloading thing"}


def test_it_goes_on_where_the_connection_broke(served):
    assert served(cut=100_000, cuts=3).read_bytes() == CONTENT
    starts = [int(range_[6:-1]) for range_ in ranges(served) if range_]
    assert starts == sorted(starts)
    assert len(starts) == 3
    assert starts[0] > 0


def test_it_goes_on_with_what_an_earlier_setup_left(served):
    served.folder.mkdir()
    (served.folder / f"{NAME}.part").write_bytes(CONTENT[:300_000])
    assert served().read_bytes() == CONTENT
    assert ranges(served) == ["bytes=300000-"]


def test_a_server_without_ranges_sends_all_of_it_again(served):
    served.folder.mkdir()
    (served.folder / f"{NAME}.part").write_bytes(b"x" * 1000)
    assert served(ranges=False).read_bytes() == CONTENT


def test_a_file_that_is_there_is_not_asked_for_again(served):
    served()
    served()
    assert ranges(served) == []


def test_a_wrong_hash_is_refused_and_nothing_is_left(served):
    served.wrong_hash = True
    with pytest.raises(SetupError, match="damaged"):
        served()
    assert list(served.folder.iterdir()) == []


def test_a_link_without_a_hash_is_refused(tmp_path):
    with pytest.raises(SetupError, match="no SHA-256"):
        download(PackageIndex(IndexSettings()), Link("a.whl", "http://127.0.0.1:1/", ""), tmp_path, Task())


def test_a_server_that_sends_nothing_is_given_up(served):
    with pytest.raises(SetupError, match="cannot be reached"):
        served(cut=0, cuts=1000)


def test_it_stops_when_the_user_wants_it(served):
    told = []
    with pytest.raises(SetupCancelled):
        served(Task(told.append, cancelled=lambda: len(told) >= 2))
    assert 0 < (served.folder / f"{NAME}.part").stat().st_size < len(CONTENT)
