# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita's own importer takes our zip: its module run as it is, and the whole way that a painter goes."""

import json
import runpy
from pathlib import Path

import pytest
from tests.hosts.conftest import missing
from tests.hosts.krita.conftest import machine
from tests.hosts.krita.harness import Krita, wait_for
from tests.unit.wheels import make_backend

from maskwright_plugin.setup.bundles import krita_bundle, uninstall_bundles, write_krita_zip
from maskwright_plugin.setup.source import find_source

IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")
PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.krita


def test_kritas_importer_takes_the_zip(tmp_path):
    if not IMPORTER.is_file():
        missing("Krita's importer is not installed on this system")
    importer = runpy.run_path(str(IMPORTER), {"i18n": str})["PluginImporter"]
    bundle = krita_bundle(PROJECT, make_backend(tmp_path))
    write_krita_zip(bundle, tmp_path / "maskwright.zip")
    resources = tmp_path / "krita"
    resources.mkdir()
    for _ in range(2):  # the second time over the first
        imported = importer(
            str(tmp_path / "maskwright.zip"), str(resources), lambda _plugin: True
        ).import_all()
        assert [plugin["name"] for plugin in imported] == ["maskwright"]
        folder = resources / "pykrita" / "maskwright"
        listed = json.loads((folder / "bundle.json").read_text())["files"]
        assert all((folder / name).is_file() for name in listed)
        assert find_source(folder).path.suffix == ".whl"
    assert [kept for _, kept in uninstall_bundles([folder])] == [[]]
    assert [path for path in resources.rglob("*") if not path.is_dir()] == []


def choose_from_menu(krita, *path):
    """Open each menu by a click and click the last item."""
    for depth in range(1, len(path) + 1):
        place = wait_for(
            lambda depth=depth: krita.run("importing:menu_place", path=path[:depth]), path[depth - 1]
        )
        krita.display.click(*place)


@pytest.mark.timeout(240)
def test_a_painter_imports_the_zip_through_kritas_menu(tmp_path):
    path = tmp_path / "maskwright-krita.zip"
    write_krita_zip(krita_bundle(PROJECT, make_backend(tmp_path / "wheel")), path)
    with Krita(machine(None), plugin=False) as krita:
        krita.run("importing:front")
        choose_from_menu(krita, "Tools", "Scripts", "Import Python Plugin from File...")
        wait_for(lambda: (d := krita.run("importing:dialog")) and d["kind"] == "file", "the file dialog")
        krita.display.xdotool("type", str(path))
        krita.display.key("Return")
        asked = wait_for(
            lambda: (d := krita.run("importing:dialog")) and d["kind"] == "question" and d, "the question"
        )
        assert "Maskwright" in asked["text"]
        krita.display.click(*asked["yes"])
        wait_for(lambda: krita.run("importing:dialog") is None, "the end of the question")
        krita.quit()
        assert krita.wait_closed() == 0
        krita.restart()
        assert krita.run("importing:has_action", name="maskwright_select_object")
        shown = krita.run("docker:texts")["shown"]
        assert "Set Up" in shown
        assert any(text.startswith("Maskwright needs its backend") for text in shown)
