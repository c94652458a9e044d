# SPDX-License-Identifier: GPL-3.0-or-later
"""Another package of ONNX Runtime in the backend's environment: its size first, the old one back if it does not do."""

import json
import os
import subprocess
import sys
import time

import pytest
from tests.unit.wheels import make_wheel

from maskwright_plugin.models.provider_package import ProviderPackage
from maskwright_plugin.models.words import Words
from maskwright_plugin.setup.problems import SetupError
from maskwright_plugin.setup.runtime import Offer, RuntimeChange
from maskwright_plugin.setup.task import Task
from maskwright_shared.installation import Installation
from maskwright_shared.places import Places

CUDA = "CUDAExecutionProvider"
ROW = {"name": "cuda", "provider": CUDA, "state": "absent", "package": "onnxruntime-gpu"}


def wheel(folder, name, *providers):
    code = f"__version__ = '1.0'\ndef get_available_providers():\n    return {list(providers)!r}\n"
    return make_wheel(folder, name.replace("-", "_"), "1.0", {"onnxruntime/__init__.py": code})


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with pip and the plain package; the packages lie in a folder, and no index is asked."""
    folder = tmp_path_factory.mktemp("environment")
    packages = folder / "packages"
    plain = wheel(packages, "onnxruntime", "CPUExecutionProvider")
    subprocess.run([sys.executable, "-I", "-m", "venv", str(folder / "made")], check=True)
    python = folder / "made/bin/python"
    command = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-index", str(plain)]
    subprocess.run(command, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return Installation(python, Places(folder / "home", folder / "run")), packages


@pytest.fixture
def installation(environment, monkeypatch):
    installation, packages = environment
    for path in packages.glob("onnxruntime_*"):
        path.unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    return installation


def offered(installation):
    code = "import json, onnxruntime; print(json.dumps(onnxruntime.get_available_providers()))"
    return json.loads(subprocess.check_output([str(installation.python), "-I", "-c", code]))


def test_a_package_that_does_not_bring_its_provider_gives_way_to_the_old_one(installation, environment):
    wheel(environment[1], "onnxruntime-gpu", "CPUExecutionProvider")
    with pytest.raises(SetupError, match="does not bring CUDAExecutionProvider"):
        RuntimeChange(installation, "onnxruntime-gpu").install(CUDA, Task())
    assert offered(installation) == ["CPUExecutionProvider"]


def test_a_package_that_cannot_be_had_changes_nothing(installation):
    with pytest.raises(SetupError):
        RuntimeChange(installation, "onnxruntime-gpu").look_up(Task())
    with pytest.raises(SetupError):
        RuntimeChange(installation, "onnxruntime-gpu").install(CUDA, Task())
    assert offered(installation) == ["CPUExecutionProvider"]
    with pytest.raises(SetupError, match="no package of ONNX Runtime"):
        RuntimeChange(installation, "something-else")


def test_the_size_is_said_before_the_package_is_installed(installation, environment):
    made = wheel(environment[1], "onnxruntime-gpu", CUDA, "CPUExecutionProvider")
    change = RuntimeChange(installation, "onnxruntime-gpu")
    assert change.look_up(Task()) == Offer(made.name, made.stat().st_size)
    assert offered(installation) == ["CPUExecutionProvider"]
    change.install(CUDA, Task())
    assert offered(installation) == [CUDA, "CPUExecutionProvider"]


class FakeChange:
    def __init__(self, installation, package):
        self.package = package

    def look_up(self, task):
        return Offer("onnxruntime_gpu-1.0.whl", 190_000_000)

    def install(self, provider, task):
        task.say(f"Installing {self.package}")


def settled(package):
    deadline = time.monotonic() + 20
    while package.is_busy:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_button_looks_up_and_then_installs():
    package = ProviderPackage(lambda: None, Words(), FakeChange)
    package.choose({"name": "cpu", "state": "fine", "package": ""})
    assert package.button == ""
    package.choose(ROW)
    assert package.button == "Install onnxruntime-gpu…"
    package.press()
    settled(package)
    assert "190 MB" in package.line
    assert package.button == "Install Now"
    assert not package.take_news()
    package.press()
    settled(package)
    assert package.line == "Installed: try it, and choose it."
    assert package.take_news()
    assert not package.take_news()


def test_a_failure_is_said_and_another_choice_forgets_it():
    class Failing(FakeChange):
        def look_up(self, task):
            raise SetupError("The package index cannot be reached.")

    package = ProviderPackage(lambda: None, Words(), Failing)
    package.choose(ROW)
    package.press()
    settled(package)
    assert package.line == "The package index cannot be reached."
    package.choose({**ROW, "name": "openvino"})
    assert package.line == ""
