# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle with a newer backend than the one that was set up is known by the names of files alone."""

import pytest

from maskwright_plugin.setup.environment import Environment
from maskwright_plugin.setup.outdated import is_outdated


@pytest.mark.parametrize(
    ("carried", "installed", "outdated"),
    [
        ("0.2.0", "0.1.0", True),
        ("0.10.0", "0.9.0", True),
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.2.0", False),
        (None, "0.1.0", False),
        ("0.2.0", None, False),
    ],
)
@pytest.mark.parametrize("place", ["lib/python3.12/site-packages", "Lib/site-packages"])
def test_only_a_later_version_is_an_update(tmp_path, carried, installed, outdated, place):
    bundle, folder = tmp_path / "bundle", tmp_path / "environment"
    (bundle / "backend").mkdir(parents=True)
    (folder / place).mkdir(parents=True)
    if carried:
        (bundle / f"backend/maskwright-{carried}-py3-none-any.whl").touch()
    if installed:
        (folder / place / f"maskwright-{installed}.dist-info").mkdir()
    assert is_outdated(Environment(folder), bundle) is outdated
