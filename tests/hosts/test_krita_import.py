# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita's own importer takes our zip: its module is run as it is, outside of Krita."""

import json
import runpy
from pathlib import Path

import pytest
from tests.hosts.conftest import missing
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
