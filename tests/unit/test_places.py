# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an installation lives under each environment and platform, and the private folder."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.places import find_places, make_private


@pytest.fixture
def user(tmp_path, monkeypatch):
    """A user's home folder on Linux."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def test_by_default_linux_keeps_data_and_runtime_apart(user, tmp_path):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    places = find_places({"XDG_RUNTIME_DIR": str(runtime)})
    assert places.home == user / ".local" / "share" / "maskwright"
    assert places.connection_file == runtime / "maskwright" / "connection.json"
    assert places.lock_file == runtime / "maskwright" / "daemon.lock"


@pytest.mark.parametrize("runtime", [None, "", "/does/not/exist", "relative/folder"])
def test_without_a_runtime_folder_the_home_has_its_own(user, runtime):
    environment = {} if runtime is None else {"XDG_RUNTIME_DIR": runtime}
    assert find_places(environment).runtime == user / ".local" / "share" / "maskwright" / "run"


def test_a_relative_runtime_folder_is_ignored_even_where_it_exists(user, monkeypatch):
    monkeypatch.chdir(user)
    (user / "relative").mkdir()
    assert find_places({"XDG_RUNTIME_DIR": "relative"}).runtime.is_relative_to(user / ".local")


def test_the_data_folder_may_be_chosen_by_an_absolute_path(user, tmp_path):
    assert find_places({"XDG_DATA_HOME": str(tmp_path / "data")}).home == tmp_path / "data" / "maskwright"
    assert find_places({"XDG_DATA_HOME": "data"}).home == user / ".local" / "share" / "maskwright"


def test_a_chosen_home_keeps_its_own_runtime_folder(user, tmp_path):
    places = find_places({"MASKWRIGHT_HOME": str(tmp_path / "mw"), "XDG_RUNTIME_DIR": str(tmp_path)})
    assert places == (tmp_path / "mw", tmp_path / "mw" / "run")


def test_a_chosen_runtime_folder_wins(user, tmp_path):
    chosen = {"MASKWRIGHT_RUNTIME": str(tmp_path / "r"), "XDG_RUNTIME_DIR": str(tmp_path)}
    assert find_places(chosen).runtime == tmp_path / "r"
    assert find_places({**chosen, "MASKWRIGHT_HOME": str(tmp_path / "mw")}) == (
        tmp_path / "mw",
        tmp_path / "r",
    )


def test_chosen_folders_become_absolute(user, monkeypatch):
    monkeypatch.chdir(user)
    places = find_places({"MASKWRIGHT_HOME": "mw", "MASKWRIGHT_RUNTIME": "~/r"})
    assert places == (Path.cwd() / "mw", user / "r")


def test_empty_variables_count_as_unset(user):
    assert find_places({"MASKWRIGHT_HOME": "", "MASKWRIGHT_RUNTIME": ""}) == find_places({})


def test_the_process_s_environment_is_the_default(user, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(user / "mw"))
    monkeypatch.delenv("MASKWRIGHT_RUNTIME", raising=False)
    assert find_places().home == user / "mw"


def test_macos_and_windows(user, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_places({}).home == user / "Library" / "Application Support" / "maskwright"
    monkeypatch.setattr(sys, "platform", "win32")
    assert find_places({"LOCALAPPDATA": str(user / "local")}).runtime == user / "local" / "maskwright" / "run"
    assert find_places({}).home == user / "AppData" / "Local" / "maskwright"


def test_everything_of_an_installation_lies_in_its_home(user):
    places = find_places({"MASKWRIGHT_HOME": str(user / "mw")})
    for folder in (places.environment, places.interpreter, places.models, places.cache, places.logs):
        assert folder.is_relative_to(user / "mw")


# The private folder.


def mode_of(folder):
    return stat.S_IMODE(folder.stat().st_mode)


def code_of(folder):
    with pytest.raises(ConnectionFailed) as caught:
        make_private(folder)
    assert str(folder) in caught.value.message
    return caught.value.code


def test_a_folder_is_made_for_its_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert mode_of(tmp_path / "a" / "b") == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o1777, 0o750, 0o701])
def test_a_folder_that_is_open_to_others_is_refused_and_keeps_its_mode(tmp_path, mode):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    assert code_of(tmp_path / "open") == "connection.folder"
    assert mode_of(tmp_path / "open") == mode


def test_a_private_folder_is_left_as_it_is(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine").chmod(0o500)
    make_private(tmp_path / "mine")
    assert mode_of(tmp_path / "mine") == 0o500


def test_a_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert code_of(tmp_path / "link") == "connection.folder"
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    assert code_of(tmp_path / "dangling") == "connection.folder"


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert code_of(tmp_path / "file") == "connection.folder"
    assert code_of(tmp_path / "file" / "below") == "connection.folder"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12_345, -1)
    assert code_of(tmp_path / "theirs") == "connection.folder"
