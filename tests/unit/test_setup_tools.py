# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching uv, and through it a Python: the right wheel for each system, and every way in which it can fail."""

import sys
from pathlib import Path

import pytest
from tests.unit.wheels import FakeIndex, make_wheel

from maskwright_plugin.setup.index import Link, PackageIndex
from maskwright_plugin.setup.installer import choose_python, storage
from maskwright_plugin.setup.problems import SetupError
from maskwright_plugin.setup.pythons import Python
from maskwright_plugin.setup.settings import IndexSettings
from maskwright_plugin.setup.task import Task
from maskwright_plugin.setup.tools import fits_system, newest
from maskwright_shared.places import find_places

posix = pytest.mark.skipif(sys.platform == "win32", reason="its stand-in for uv is a shell script")

TAGS = [
    "linux_armv6l",
    "macosx_10_12_x86_64",
    "macosx_11_0_arm64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "manylinux_2_17_i686.manylinux2014_i686",
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "musllinux_1_1_x86_64",
    "win32",
    "win_amd64",
    "win_arm64",
]


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("win32", "AMD64", ["win_amd64"]),
        ("win32", "ARM64", ["win_arm64"]),
        ("darwin", "x86_64", ["macosx_10_12_x86_64"]),
        ("darwin", "arm64", ["macosx_11_0_arm64"]),
        ("linux", "mips", []),
    ],
)
def test_each_system_has_its_wheel(system, machine, expected):
    assert [tag for tag in TAGS if fits_system(tag, system, machine)] == expected


def test_linux_takes_the_wheel_for_its_c_library():
    (tag,) = [tag for tag in TAGS if fits_system(tag, "linux", "x86_64")]
    assert tag.endswith("x86_64")
    assert tag.startswith(("manylinux", "musllinux"))


def test_the_newest_final_version_is_taken():
    names = ["a-1.9-py3-none-any.whl", "a-1.10-py3-none-any.whl", "a-2.0rc1-py3-none-any.whl", "a-3.tar.gz"]
    links = [Link(name, "", "") for name in names]
    assert newest(links, lambda tag: tag == "any").name == "a-1.10-py3-none-any.whl"


def test_an_index_without_a_fitting_wheel_says_what_to_install():
    with pytest.raises(SetupError, match=r"install Python 3\.\d+"):
        newest([Link("a-1-py3-none-win32.whl", "", "")], lambda tag: tag == "any")


FAKE_UV = f"""#!/bin/sh
[ "$1 $2 $4" = "python install --install-dir" ] || exit 9
echo "Downloading cpython-3.12.9"
mkdir -p "$5/cpython-3.12.9-test/bin"
ln -s {sys.executable} "$5/cpython-3.12.9-test/bin/python3"
"""


@pytest.fixture
def choose(tmp_path):
    """Return a function that chooses a Python on a machine that has only `found`, with a fake uv on its index."""
    store = storage(find_places({"MASKWRIGHT_HOME": str(tmp_path / "home")}))

    def run(found, uv=FAKE_UV, task=None):
        with FakeIndex() as index:
            tag = next((tag for tag in TAGS if fits_system(tag)), "any")
            index.add(
                make_wheel(tmp_path, "uv", "0.9.1", {"uv-0.9.1.data/scripts/uv": uv}, tag=f"py3-none-{tag}")
            )
            run.requests = index.requests
            return choose_python(PackageIndex(IndexSettings((index.url,))), store, task or Task(), found)

    run.store = store
    return run


OLD = Python("/usr/bin/python3", (3, 9, 2), wide=True, venv=True, ensurepip=True)
NARROW = Python("/usr/bin/python3", (3, 12, 2), wide=False, venv=True, ensurepip=True)
BARE = Python("/usr/bin/python3", (3, 12, 2), wide=True, venv=False, ensurepip=False)


@posix
def test_uv_brings_a_python_where_there_is_none(choose):
    python = choose([OLD])
    assert python.usable
    assert Path(python.executable).is_relative_to(choose.store.pythons)


@posix
def test_a_second_setup_uses_what_the_first_has_brought(choose):
    first = choose([])
    assert choose([], uv="#!/bin/sh\nexit 1\n") == first


@posix
@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([OLD], "newest here is 3.9.2"),
        ([NARROW], "32 bits"),
        ([BARE, OLD], "sudo apt install python3-venv"),
        ([], "there is none here"),
    ],
)
def test_when_uv_cannot_help_the_sentence_says_what_is_missing(choose, found, words):
    with pytest.raises(SetupError) as caught:
        choose(found, uv="#!/bin/sh\necho 'error: dns error'\nexit 2\n")
    assert words in caught.value.message
    assert "install Python 3.12 from python.org" in caught.value.message


@posix
def test_a_uv_that_brings_nothing_is_not_believed(choose):
    with pytest.raises(SetupError, match="brought no Python"):
        choose([], uv="#!/bin/sh\nexit 0\n")


def test_a_usable_python_is_taken_without_asking_the_index(choose):
    good = BARE._replace(venv=True)
    assert choose([good, OLD]) == good
    assert choose.requests == []
