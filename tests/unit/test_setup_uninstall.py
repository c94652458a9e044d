# SPDX-License-Identifier: GPL-3.0-or-later
"""Uninstalling from a home that also holds other people's things."""

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
