# SPDX-License-Identifier: GPL-3.0-or-later
"""install.py itself: which option does what, and how a failure looks. The backend's setup is a stand-in here."""

import os
import re
import subprocess
import sys

import pytest
from tests.unit import install_module
from tests.unit.wheels import make_backend

from maskwright_plugin.setup import SetupCancelled, SetupError
from maskwright_shared.installation import Installation


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return install.py as a module, for a user with a home of their own and a Krita."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "maskwright"))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".local" / "share" / "krita").mkdir(parents=True)
    module = install_module.load()

    def set_up(places, source, report):
        module.sources.append(source)
        make_backend(places.cache / "setup" / "wheel")
        return Installation(places.interpreter, places)

    module.sources = []
    module.set_up = set_up
    return module


def test_krita_is_installed_and_uninstalled_again(install, tmp_path, capsys):
    assert install.main(["--krita"]) == 0
    folder = tmp_path / ".local/share/krita/pykrita/maskwright"
    assert (folder / "maskwright_plugin" / "setup" / "bundles.py").is_file()
    assert len(list((folder / "backend").glob("*.whl"))) == 1
    assert str(folder) in capsys.readouterr().out
    assert install.main(["--uninstall"]) == 0
    assert not folder.exists()
    assert str(folder) in capsys.readouterr().out
    assert install.main(["--uninstall"]) == 0
    assert "nothing of Maskwright's" in capsys.readouterr().out


def test_a_link_is_for_developers(install, tmp_path):
    assert install.main(["--krita", "--link"]) == 0
    assert (tmp_path / ".local/share/krita/pykrita/maskwright/maskwright_plugin").is_symlink()
    assert [source.linked for source in install.sources] == [True]


def test_an_editor_in_a_sandbox_gets_copies_and_no_links(install, tmp_path):
    sandbox = tmp_path / ".var" / "app" / "org.kde.krita"
    sandbox.mkdir(parents=True)
    assert install.main(["--krita", "--link"]) == 0
    assert list(sandbox.iterdir()) == []
    assert install.main(["--krita"]) == 0
    folder = sandbox / "data" / "krita" / "pykrita" / "maskwright"
    assert len(list((folder / "backend").glob("*.whl"))) == 1
    assert not (folder / "installation.json").exists()


def test_without_gimp_3_the_sentence_says_so(install, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.main(["--gimp"]) == 1
    assert "No GIMP 3 was found" in capsys.readouterr().out


def test_the_zip_is_written_where_it_was_asked_for(install, tmp_path, capsys):
    assert install.main(["--krita-zip", str(tmp_path / "out.zip")]) == 0
    assert (tmp_path / "out.zip").read_bytes()[:2] == b"PK"
    assert "Import Python Plugin" in capsys.readouterr().out


def test_the_zip_that_the_guide_makes_in_the_checkout_is_ignored_by_git():
    guide = (install_module.PROJECT / "docs" / "krita.md").read_text(encoding="utf-8")
    (name,) = set(re.findall(r"install\.py --krita-zip ([\w.-]+)`", guide))
    assert f"/{name}" in (install_module.PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_a_zip_that_cannot_be_written_is_one_sentence(install, tmp_path, capsys):
    assert install.main(["--krita-zip", str(tmp_path / "missing" / "out.zip")]) == 1
    assert capsys.readouterr().err == f"install.py: {tmp_path}/missing/out.zip: No such file or directory.\n"


@pytest.mark.parametrize(("problem", "code"), [(SetupError("The disk is full."), 1), (SetupCancelled(), 130)])
def test_a_failure_is_one_sentence_and_an_exit_code(install, capsys, problem, code):
    def fail(*_args, **_kwargs):
        raise problem

    install.set_up = fail
    assert install.main(["--demo"]) == code
    assert capsys.readouterr().err == f"install.py: {problem.message}\n"


def test_an_unknown_option_is_refused(install):
    with pytest.raises(SystemExit) as caught:
        install.main(["--gimp", "--krita"])
    assert caught.value.code == 2


def test_help_needs_nothing_but_python(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", str(install_module.PROJECT / "install.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--uninstall" in done.stdout


def test_a_folder_whose_name_the_terminal_cannot_write_breaks_nothing(tmp_path):
    home = tmp_path / os.fsdecode(b"\xff\xe2\x86\x92")
    home.mkdir()
    (home / "setup.lock").touch()
    (home / "own").touch()
    done = subprocess.run(
        [sys.executable, str(install_module.PROJECT / "install.py"), "--uninstall"],
        env={**os.environ, "MASKWRIGHT_HOME": str(home), "HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\udcff\\u2192" in done.stdout
