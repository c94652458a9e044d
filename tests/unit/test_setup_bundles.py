# SPDX-License-Identifier: GPL-3.0-or-later
"""The editors' bundles: where they go, what is in them, and that nothing else is ever touched."""

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from maskwright_plugin.setup import SetupError
from maskwright_plugin.setup.bundles import (
    gimp_bundle,
    install_bundle,
    krita_bundle,
    uninstall_bundles,
    write_krita_zip,
)
from maskwright_plugin.setup.kritarc import disable, enable
from maskwright_plugin.setup.manifest import FILE, Manifest, remove_bundle, sha256
from maskwright_plugin.setup.profiles import Machine, Profile, gimp_profiles, krita_profiles
from maskwright_plugin.setup.source import find_source
from maskwright_shared.installation import Installation, find_installation
from maskwright_shared.places import find_places

links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def project(tmp_path):
    """Return a checkout in small."""
    files = {
        "LICENSE": "licence",
        "plugin/krita/maskwright.desktop": "[Desktop Entry]\nX-KDE-Library=maskwright\nName=Maskwright\n",
        "plugin/krita/maskwright.action": "<ActionCollection/>",
        "plugin/krita/maskwright/__init__.py": "",
        "plugin/krita/maskwright/host/read.py": "",
        "plugin/krita/maskwright/__pycache__/x.pyc": "",
        "plugin/gimp/maskwright-select.py": "#!/usr/bin/env python3\n",
        "plugin/gimp/maskwright_gimp/dialog.py": "",
        "plugin/maskwright_plugin/__init__.py": "",
        "shared/maskwright_shared/__init__.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "maskwright-0.1.0-py3-none-any.whl"
    path.write_bytes(b"wheel")
    return path


@pytest.fixture
def krita(tmp_path):
    return Profile("Krita", "Krita", tmp_path / "data" / "krita", settings=tmp_path / "config" / "kritarc")


@pytest.fixture
def gimp(tmp_path):
    return Profile("GIMP", "GIMP 3.0", tmp_path / "GIMP" / "3.0")


@pytest.fixture
def installation(tmp_path):
    places = find_places({"MASKWRIGHT_HOME": str(tmp_path / "home")})
    return Installation(places.interpreter, places)


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_krita_gets_its_module_and_two_files_beside_it(project, wheel, krita, installation):
    install_bundle(krita_bundle(project, wheel), krita, installation, project)
    assert everything(krita.folder) == [
        "actions/maskwright.action",
        "pykrita/maskwright.desktop",
        "pykrita/maskwright/LICENSE",
        "pykrita/maskwright/__init__.py",
        "pykrita/maskwright/backend/maskwright-0.1.0-py3-none-any.whl",
        "pykrita/maskwright/bundle.json",
        "pykrita/maskwright/host/read.py",
        "pykrita/maskwright/installation.json",
        "pykrita/maskwright/maskwright_plugin/__init__.py",
        "pykrita/maskwright/maskwright_shared/__init__.py",
    ]


def test_gimp_gets_a_folder_named_like_its_executable_file(project, wheel, gimp, installation):
    folder = install_bundle(gimp_bundle(project, wheel), gimp, installation, project)
    assert folder == gimp.folder / "plug-ins" / "maskwright-select"
    assert os.access(folder / "maskwright-select.py", os.X_OK)
    assert (folder / "maskwright_gimp" / "dialog.py").is_file()


def test_a_bundle_finds_its_backend_and_its_wheel(project, wheel, krita, installation, monkeypatch):
    monkeypatch.delenv("MASKWRIGHT_HOME", raising=False)
    monkeypatch.delenv("MASKWRIGHT_RUNTIME", raising=False)
    folder = install_bundle(krita_bundle(project, wheel), krita, installation, project)
    assert find_installation(folder) == installation
    assert find_source(folder).path == folder / "backend" / wheel.name


def test_a_sandboxed_editor_is_not_sent_to_a_backend_that_it_cannot_start(
    project, wheel, krita, installation
):
    folder = install_bundle(
        krita_bundle(project, wheel), krita._replace(sandboxed=True), installation, project
    )
    assert not (folder / "installation.json").exists()
    assert (folder / "backend" / wheel.name).is_file()


def test_a_newer_bundle_replaces_an_older_one_and_leaves_no_file_of_it(project, wheel, krita, installation):
    install_bundle(krita_bundle(project, wheel), krita, installation, project)
    (project / "plugin/krita/maskwright/host/read.py").rename(project / "plugin/krita/maskwright/reading.py")
    folder = install_bundle(krita_bundle(project, wheel), krita, installation, project)
    assert (folder / "reading.py").is_file()
    assert not (folder / "host").exists()


def test_uninstalling_leaves_what_was_there_before_and_what_came_in_between(
    project, wheel, krita, installation
):
    other = krita.folder / "pykrita" / "other" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text("another plugin")
    folder = install_bundle(krita_bundle(project, wheel), krita, installation, project)
    (folder / "notes.txt").write_text("mine")
    (folder / "host" / "__pycache__").mkdir()
    (folder / "host" / "__pycache__" / "read.pyc").write_bytes(b"")
    changed = folder / "maskwright_plugin" / "__init__.py"
    changed.write_text("my own change")
    ((removed, kept),) = uninstall_bundles([folder, other.parent])
    assert removed == folder
    assert kept == [changed, folder / "notes.txt"]
    assert everything(krita.folder) == [
        "pykrita/maskwright/bundle.json",
        "pykrita/maskwright/maskwright_plugin/__init__.py",
        "pykrita/maskwright/notes.txt",
        "pykrita/other/__init__.py",
    ]


def test_uninstalling_an_untouched_bundle_leaves_nothing(project, wheel, krita, gimp, installation):
    krita.settings.parent.mkdir()
    krita.settings.write_text("theme=dark\n\n[python]\nenable_other=true\n")
    folders = [
        install_bundle(krita_bundle(project, wheel), krita, installation, project),
        install_bundle(gimp_bundle(project, wheel), gimp, installation, project),
    ]
    assert [kept for _, kept in uninstall_bundles(folders)] == [[], []]
    assert everything(krita.folder) + everything(gimp.folder) == []
    assert not any(folder.exists() for folder in folders)
    assert krita.settings.read_text() == "theme=dark\n\n[python]\nenable_other=true\n"


@pytest.mark.parametrize("name", ["pykrita/maskwright/__init__.py", "pykrita/maskwright.desktop"])
def test_what_others_made_is_in_the_way_and_stays(project, wheel, krita, installation, name):
    path = krita.folder / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(SetupError, match="was not made by this setup"):
        install_bundle(krita_bundle(project, wheel), krita, installation, project)
    assert everything(krita.folder) == [name]
    assert path.read_text() == "mine"


@links
def test_a_linked_bundle_follows_the_checkout_and_goes_without_it(project, krita, installation):
    bundle = krita_bundle(project, None)
    folder = install_bundle(bundle, krita, installation, project, linked=True)
    (project / "plugin/krita/maskwright/host/read.py").write_text("new")
    assert (folder / "host" / "read.py").read_text() == "new"
    assert (folder / "maskwright_plugin").is_symlink()
    assert not folder.is_symlink()
    before = everything(project)
    install_bundle(bundle, krita, installation, project, linked=True)
    assert [kept for _, kept in uninstall_bundles([folder])] == [[]]
    assert not folder.exists()
    assert everything(project) == before


@links
def test_a_link_in_place_of_the_folder_is_not_followed(project, wheel, krita, installation, tmp_path):
    (krita.folder / "pykrita").mkdir(parents=True)
    (krita.folder / "pykrita" / "maskwright").symlink_to(project / "plugin" / "krita" / "maskwright")
    with pytest.raises(SetupError, match="was not made by this setup"):
        install_bundle(krita_bundle(project, wheel), krita, installation, project)


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "../other/x.py", "a/../../x", "..", "../.."])
def test_a_record_that_leads_elsewhere_is_not_believed(tmp_path, name):
    record = {"version": "1", "files": {name: "0"}, "links": {}, "enabled_in": ""}
    (tmp_path / "bundle.json").write_text(json.dumps(record))
    assert Manifest.read(tmp_path) is None


def test_a_file_turned_into_a_link_is_kept(tmp_path):
    target = tmp_path / "precious"
    target.write_text("x")
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "a.py").symlink_to(target)
    kept = remove_bundle(folder, Manifest("1", {"a.py": "0"}, {}))
    assert kept == [folder / "a.py"]
    assert target.exists()


def test_the_zip_holds_what_kritas_importer_looks_for(project, wheel, tmp_path):
    write_krita_zip(krita_bundle(project, wheel), tmp_path / "maskwright.zip")
    names = zipfile.ZipFile(tmp_path / "maskwright.zip").namelist()
    assert [name for name in names if name.endswith(".desktop")] == ["maskwright.desktop"]
    assert [name for name in names if name.endswith(".action")] == ["maskwright.action"]
    assert next(name for name in names if name.endswith(("/maskwright/", "maskwright/"))) == "maskwright/"
    assert {"maskwright/__init__.py", "maskwright/maskwright_shared/", "maskwright/bundle.json"} <= set(names)
    assert f"maskwright/backend/{wheel.name}" in names


def test_the_same_input_gives_the_same_zip(project, wheel, tmp_path):
    for name in ("a.zip", "b.zip"):
        write_krita_zip(krita_bundle(project, wheel), tmp_path / name)
        os.utime(project / "LICENSE", (1, 1))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_an_imported_zip_is_known_as_ours_and_can_be_removed(project, wheel, krita, tmp_path):
    write_krita_zip(krita_bundle(project, wheel), tmp_path / "maskwright.zip")
    with zipfile.ZipFile(tmp_path / "maskwright.zip") as archive:  # as Krita's importer spreads it
        archive.extractall(krita.folder / "pykrita")
    (krita.folder / "actions").mkdir()
    (krita.folder / "pykrita" / "maskwright.action").rename(krita.folder / "actions" / "maskwright.action")
    assert [kept for _, kept in uninstall_bundles([krita.folder / "pykrita" / "maskwright"])] == [[]]
    assert everything(krita.folder) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[python]\nenable_maskwright=true\n"),
        ("a=1\n", "a=1\n\n[python]\nenable_maskwright=true\n"),
        (
            "a=1\n\n[python]\nenable_x=true\n\n[z]\nb=2\n",
            "a=1\n\n[python]\nenable_maskwright=true\nenable_x=true\n\n[z]\nb=2\n",
        ),
    ],
)
def test_the_plugin_is_switched_on_and_off_and_nothing_else_changes(tmp_path, before, after):
    settings = tmp_path / "kritarc"
    settings.write_text(before)
    assert enable(settings, "maskwright")
    assert settings.read_text() == after
    disable(settings, "maskwright")
    assert (settings.read_text() if settings.exists() else "") == before


def test_a_plugin_that_the_user_switched_off_stays_off(tmp_path):
    settings = tmp_path / "kritarc"
    settings.write_text("[python]\nenable_maskwright=false\n")
    assert not enable(settings, "maskwright")
    disable(settings, "maskwright")
    assert settings.read_text() == "[python]\nenable_maskwright=false\n"


def folders_of(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir(parents=True)


def found(profiles, tmp_path):
    return {profile.name: profile.folder.relative_to(tmp_path).as_posix() for profile in profiles}


def test_every_krita_on_linux_is_found(tmp_path):
    folders_of(tmp_path, ".local/share/krita", ".var/app/org.kde.krita", "snap/krita/current")
    profiles = krita_profiles(Machine("linux", tmp_path, {"PATH": ""}))
    assert found(profiles, tmp_path) == {
        "Krita": ".local/share/krita",
        "Krita (Flatpak)": ".var/app/org.kde.krita/data/krita",
        "Krita (Snap)": "snap/krita/current/.local/share/krita",
    }
    assert [profile.sandboxed for profile in profiles] == [False, True, True]
    assert profiles[1].settings == tmp_path / ".var/app/org.kde.krita/config/kritarc"


def test_every_gimp_3_on_linux_is_found_and_no_gimp_2(tmp_path):
    folders_of(tmp_path, ".config/GIMP/2.10", ".config/GIMP/3.0", ".config/GIMP/3.2", ".config/GIMP/3.0/tmp")
    folders_of(tmp_path, ".var/app/org.gimp.GIMP/config/GIMP/3.0", "snap/gimp/current/.config/GIMP/3.2")
    assert found(gimp_profiles(Machine("linux", tmp_path, {"PATH": ""})), tmp_path) == {
        "GIMP 3.0": ".config/GIMP/3.0",
        "GIMP 3.2": ".config/GIMP/3.2",
        "GIMP 3.0 (Flatpak)": ".var/app/org.gimp.GIMP/config/GIMP/3.0",
        "GIMP 3.2 (Snap)": "snap/gimp/current/.config/GIMP/3.2",
    }


def test_windows_and_macos_have_folders_of_their_own(tmp_path):
    env = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local"), "PATH": ""}
    folders_of(tmp_path, "Roaming/krita", "Roaming/GIMP/3.0", "Library/Application Support/GIMP/3.2")
    windows = Machine("win32", tmp_path, env)
    assert found(krita_profiles(windows), tmp_path) == {"Krita": "Roaming/krita"}
    assert krita_profiles(windows)[0].settings == tmp_path / "Local" / "kritarc"
    assert found(gimp_profiles(windows), tmp_path) == {"GIMP 3.0": "Roaming/GIMP/3.0"}
    apple = Machine("darwin", tmp_path, {"PATH": ""})
    assert krita_profiles(apple) == []
    assert found(krita_profiles(apple, even_absent=True), tmp_path) == {
        "Krita": "Library/Application Support/krita"
    }
    assert found(gimp_profiles(apple), tmp_path) == {"GIMP 3.2": "Library/Application Support/GIMP/3.2"}


def test_folders_that_the_user_has_moved_are_followed(tmp_path):
    env = {"XDG_CONFIG_HOME": str(tmp_path / "c"), "GIMP3_DIRECTORY": "g", "PATH": ""}
    folders_of(tmp_path, "c", "r")
    (tmp_path / "c" / "kritarc").write_text(
        f"ResourceDirectory={tmp_path / 'r'}\n\n[x]\nResourceDirectory=/no\n"
    )
    machine = Machine("linux", tmp_path, env)
    assert found(krita_profiles(machine), tmp_path) == {"Krita": "r"}
    assert [profile.folder for profile in gimp_profiles(machine)] == [tmp_path / "g"]


@pytest.mark.parametrize(("said", "expected"), [("3.0.4", ["3.0"]), ("3.2.1", ["3.2"]), ("2.10.34", [])])
def test_a_gimp_that_was_never_started_is_asked_for_its_version(tmp_path, said, expected):
    program = tmp_path / "gimp"
    program.write_text(f"#!/bin/sh\necho 'GNU Image Manipulation Program version {said}'\n")
    program.chmod(0o755)
    profiles = gimp_profiles(Machine("linux", tmp_path, {"PATH": str(tmp_path)}))
    assert [profile.folder for profile in profiles] == [
        tmp_path / ".config" / "GIMP" / version for version in expected
    ]


def test_this_checkout_makes_both_bundles():
    project = Path(__file__).parents[2]
    assert "../maskwright.desktop" in krita_bundle(project, None).content
    assert "maskwright_plugin/setup/bundles.py" in gimp_bundle(project, None).content


def bundle_with(folder, **changes):
    """Make a folder whose record lists one file in a folder below it."""
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a.py").write_text("x")
    record = Manifest("1", {"inner/a.py": sha256(folder / "inner" / "a.py")}, {})
    record._replace(**changes).write(folder)
    return folder


def test_a_bundle_that_is_a_link_is_not_removed(tmp_path):
    real = bundle_with(tmp_path / "real")
    link = tmp_path / "pykrita" / "maskwright"
    link.parent.mkdir()
    link.symlink_to(real, target_is_directory=True)
    assert list(uninstall_bundles([link])) == []
    assert (real / "inner" / "a.py").exists()


def test_a_link_in_the_place_of_a_bundles_folder_is_not_followed(tmp_path):
    folder = bundle_with(tmp_path / "pykrita" / "maskwright")
    (folder / "inner").rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "__pycache__").mkdir()
    (folder / "inner").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    list(uninstall_bundles([folder]))
    assert (tmp_path / "elsewhere" / "a.py").exists()
    assert (tmp_path / "elsewhere" / "__pycache__").exists()


def test_a_record_that_names_another_file_for_settings_is_not_believed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("enable_maskwright=true\n")
    list(uninstall_bundles([bundle_with(tmp_path / "maskwright", enabled_in=str(precious))]))
    assert precious.read_text() == "enable_maskwright=true\n"


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_a_record_that_is_no_file_keeps_nobody_waiting(tmp_path, kind):
    folder = tmp_path / "maskwright"
    folder.mkdir()
    if kind == "pipe":
        os.mkfifo(folder / FILE)
    elif kind == "folder":
        (folder / FILE).mkdir()
    else:
        (folder / FILE).symlink_to("/dev/zero")
    assert Manifest.read(folder) is None
