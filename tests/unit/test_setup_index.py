# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a package index: both kinds of answers, logins, several indexes, and the user's own settings."""

import base64
import hashlib
import os

import pytest
from tests.unit.wheels import FakeIndex, make_wheel

from maskwright_plugin.setup.index import PackageIndex
from maskwright_plugin.setup.problems import SetupError
from maskwright_plugin.setup.settings import PUBLIC, IndexSettings, find_settings


def links_of(index, project="thing"):
    return PackageIndex(IndexSettings((index.url,))).links(project)


@pytest.mark.parametrize("as_json", [False, True])
def test_both_kinds_of_answers_give_names_addresses_and_hashes(tmp_path, as_json):
    wheel = make_wheel(tmp_path, "thing", "1.2", {"thing.py": ""})
    with FakeIndex(as_json=as_json) as index:
        index.add(wheel)
        (link,) = links_of(index)
        assert link.name == wheel.name
        assert link.url == index.url.replace("/simple", f"/files/{wheel.name}")
        assert link.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_withdrawn_files_are_passed_over(tmp_path):
    with FakeIndex() as index:
        index.page = lambda _project: (
            b'<a data-yanked="bad" href="a-1-py3-none-any.whl">a</a><a href="/x/a-2-py3-none-any.whl#md5=1">a</a>',
            "text/html",
        )
        (link,) = links_of(index)
    assert (link.name, link.sha256) == ("a-2-py3-none-any.whl", "")


def test_the_second_index_is_asked_when_the_first_has_nothing(tmp_path):
    with FakeIndex() as first, FakeIndex() as second:
        second.add(make_wheel(tmp_path, "thing", "1", {}))
        found = PackageIndex(IndexSettings((first.url, second.url))).links("thing")
    assert [link.name for link in found] == ["thing-1-py3-none-any.whl"]


def test_an_index_without_the_project_is_not_a_network_problem():
    with FakeIndex() as index, pytest.raises(SetupError, match="has no thing"):
        links_of(index)


def test_a_closed_port_is_a_network_problem():
    with FakeIndex() as index:
        url = index.url
    with pytest.raises(SetupError, match="cannot be reached"):
        PackageIndex(IndexSettings((url,))).links("thing")


def test_name_and_password_in_the_address_become_a_header_for_pages_and_files(tmp_path):
    login = "Basic " + base64.b64encode(b"ann:p@ss").decode()
    with FakeIndex(login=login) as index:
        index.add(make_wheel(tmp_path, "thing", "1", {}))
        packages = PackageIndex(IndexSettings((index.url.replace("//", "//ann:p%40ss@"),)))
        (link,) = packages.links("thing")
        with packages.open(link.url, {}) as answer:
            assert answer.status == 200


def test_a_folder_can_be_an_index(tmp_path):
    folder = tmp_path / "simple" / "thing"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text('<a href="thing-1-py3-none-any.whl#sha256=ab">thing</a>')
    (link,) = PackageIndex(IndexSettings(((tmp_path / "simple").as_uri(),))).links("thing")
    assert (link.name, link.sha256) == ("thing-1-py3-none-any.whl", "ab")


def settings(tmp_path, **env):
    nothing = tmp_path / "nothing"
    return find_settings(
        {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(nothing), "PIP_CONFIG_FILE": os.devnull, **env}
    )


def test_without_settings_the_public_index_is_asked(tmp_path):
    assert settings(tmp_path) == IndexSettings((PUBLIC,), None, None)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"])
def test_variables_of_pip_and_uv_name_the_index(tmp_path, name):
    assert settings(tmp_path, **{name: "https://mirror.test/simple/"}).urls == ("https://mirror.test/simple",)


def test_extra_indexes_follow_the_main_one(tmp_path):
    found = settings(
        tmp_path, PIP_INDEX_URL="https://a.test/s", UV_INDEX="own=https://b.test/s https://c.test/s?x=1"
    )
    assert found.urls == ("https://a.test/s", "https://b.test/s", "https://c.test/s?x=1")


def test_pips_configuration_file_is_read_and_the_environment_wins(tmp_path):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://a.test/%40/simple\ncert = /c.pem\nproxy = http://p.test:1\n"
    )
    found = settings(tmp_path, PIP_CONFIG_FILE=str(config))
    assert found.urls[0] == "https://a.test/%40/simple"
    assert (found.certificate, found.proxy) == ("/c.pem", "http://p.test:1")
    assert settings(tmp_path, PIP_CONFIG_FILE=str(config), PIP_CERT="/d.pem").certificate == "/d.pem"


def test_a_damaged_configuration_file_is_passed_over(tmp_path):
    config = tmp_path / "pip.conf"
    config.write_text("index-url without a section\n")
    found = settings(tmp_path, PIP_CONFIG_FILE=str(config), PIP_INDEX_URL="https://a.test/s")
    assert found.urls[0] == "https://a.test/s"
