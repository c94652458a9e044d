# SPDX-License-Identifier: GPL-3.0-or-later
"""Uninstalling from a home that also holds other people's things."""

from pathlib import Path

import pytest

from maskwright_plugin.setup.command import write_command
from maskwright_plugin.setup.environment import Environment
from maskwright_plugin.setup.installer import storage
from maskwright_plugin.setup.profiles import Machine
from maskwright_plugin.setup.uninstall import uninstall
from maskwright_shared.installation import Installation
from maskwright_shared.places import find_places

FOREIGN = ["bin/tool", "cache/other/x", "logs/app.log", "models/sam/encoder.onnx", "python/project.py"]


def fill(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def run(home, tmp_path):
    said = []
    places = find_places({"MASKWRIGHT_HOME": str(home)})
    assert uninstall(places, Machine("linux", tmp_path / "user", {"PATH": ""}), said.append) == 0
    return said


def install(home):
    """Leave what a setup and a daemon leave in a home, in small."""
    places = find_places({"MASKWRIGHT_HOME": str(home)})
    environment = Environment(places.environment)
    places.environment.mkdir(parents=True)
    environment.finish("digest")
    fill(places.environment, ["bin/python", "lib/x.py"])
    write_command(Installation(environment.python, places))
    store = storage(places)
    for path in (store.tools / "uv", store.wheels / "a.whl", store.pythons / "cpython" / "python", store.log):
        fill(path.parent, [path.name])
    fill(home, ["logs/start.log", "logs/daemon.log", "logs/daemon.log.1", "run/daemon.lock", "setup.lock"])


def test_a_home_of_its_own_is_gone_afterwards(tmp_path):
    install(tmp_path / "home")
    assert len(run(tmp_path / "home", tmp_path)) == 2
    assert not (tmp_path / "home").exists()


def test_models_stay_and_are_named(tmp_path):
    install(tmp_path / "home")
    fill(tmp_path / "home", ["models/sam/encoder.onnx"])
    assert "models" in run(tmp_path / "home", tmp_path)[-1]
    assert files(tmp_path / "home") == ["models/sam/encoder.onnx"]


def test_other_peoples_things_in_the_home_stay(tmp_path):
    home = tmp_path / "home"
    install(home)
    fill(home, FOREIGN)
    run(home, tmp_path)
    assert files(home) == FOREIGN


def test_a_command_and_an_environment_that_are_not_ours_stay(tmp_path):
    home = tmp_path / "home"
    fill(home, ["bin/maskwright", "environment/own.txt"])
    run(home, tmp_path)
    assert files(home) == ["bin/maskwright", "environment/own.txt"]


def test_nothing_is_made_where_nothing_was(tmp_path):
    assert run(tmp_path / "home", tmp_path) == ["There is nothing of Maskwright's to remove."]
    assert not (tmp_path / "home").exists()


# Links that somebody has put there.

PLANTED = {
    "environment": ["maskwright-setup.json", "bin/python"],
    "test-environment": ["maskwright-setup.json", "bin/python"],
    "bin": ["maskwright"],
    "cache": ["setup/tools/uv", "setup/wheel/a.whl", "embeddings/x", "prepared/y"],
    "cache/setup": ["tools/uv", "wheel/a.whl"],
    "cache/embeddings": ["x"],
    "logs": ["daemon.log", "start.log", "setup.log", "command.log"],
    "run": ["connection.json", "daemon.lock", "running.json"],
    "setup-python": ["cpython/python"],
}


@pytest.mark.parametrize("name", PLANTED)
def test_no_link_in_the_home_is_followed(tmp_path, name):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    fill(elsewhere, PLANTED[name])
    if "environment" in name:
        Environment(elsewhere).finish("digest")
    if name == "bin":
        (elsewhere / "maskwright").write_text("# Maskwright's command line. Made by its setup.\n")
    before = files(elsewhere)
    (home / name).parent.mkdir(parents=True)
    (home / name).symlink_to(elsewhere, target_is_directory=True)
    run(home, tmp_path)
    assert files(elsewhere) == before
    assert (home / name).is_symlink()


def test_links_in_the_place_of_files_go_and_what_they_lead_to_stays(tmp_path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    install(home)
    names = ("figures.json", "logs/daemon.log", "run/connection.json", "cache/embeddings/x")
    fill(elsewhere, [Path(name).name for name in names])
    before = files(elsewhere)
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).unlink(missing_ok=True)
        (home / name).symlink_to(elsewhere / Path(name).name)
    run(home, tmp_path)
    assert files(elsewhere) == before
    assert not home.exists()


# What lies in the editors' own folders.


def test_what_was_measured_and_kept_of_pictures_goes(tmp_path):
    install(tmp_path / "home")
    fill(tmp_path / "home", ["cache/embeddings/a", "cache/prepared/b", "quarantine.json", "logs/command.log"])
    fill(tmp_path / "home", ["run/running.json", "run/connection.json"])
    run(tmp_path / "home", tmp_path)
    assert not (tmp_path / "home").exists()


def test_what_the_gimp_dialog_remembers_goes_and_a_link_is_not_followed(tmp_path):
    profiles = tmp_path / "user" / ".config" / "GIMP"
    fill(
        profiles, ["3.0/maskwright-select.json", "3.0/maskwright-select.json.77", "3.0/gimprc", "3.2/gimprc"]
    )
    fill(tmp_path, ["precious.json"])
    (profiles / "3.2" / "maskwright-select.json").symlink_to(tmp_path / "precious.json")
    run(tmp_path / "home", tmp_path)
    assert files(profiles) == ["3.0/gimprc", "3.2/gimprc"]
    assert not (profiles / "3.2" / "maskwright-select.json").is_symlink()
    assert (tmp_path / "precious.json").exists()


KRITARC = "ColorTheme=dark\n\n[advancedColorSelector]\nx=1\n\n[theme]\nname=Krita \u00e9\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[python]\nenable_maskwright=true\n", None),
        (KRITARC, KRITARC),
        (KRITARC + "\n[python]\nenable_maskwright=true\n", KRITARC),
        (
            KRITARC + "\n[python]\nenable_maskwright=true\nenable_x=true\n",
            KRITARC + "\n[python]\nenable_x=true\n",
        ),
        (KRITARC + "\n[maskwright]\nchoices={}\nseen=yes\n\n[zoom]\na=1\n", KRITARC + "\n[zoom]\na=1\n"),
        (KRITARC + "\n[maskwright]\nchoices={}\n", KRITARC + "\n"),
        (KRITARC.replace("\n", "\r\n") + "[maskwright]\r\na=1\r\n", KRITARC.replace("\n", "\r\n")),
        (
            KRITARC + "\n[python]\nenable_maskwright=false\n",
            KRITARC + "\n[python]\nenable_maskwright=false\n",
        ),
        ("[maskwrights]\na=1\n", "[maskwrights]\na=1\n"),
    ],
)
def test_nothing_of_ours_stays_in_kritarc_and_all_else_does(tmp_path, before, after):
    settings = tmp_path / "user" / ".config" / "kritarc"
    settings.parent.mkdir(parents=True)
    odd = b"" if after is None else b"odd=\xff\n"
    settings.write_bytes(odd + before.encode())
    run(tmp_path / "home", tmp_path)
    assert (settings.read_bytes() if settings.exists() else None) == (after and odd + after.encode())
