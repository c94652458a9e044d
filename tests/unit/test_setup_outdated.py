# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle with a newer backend than the one that was set up is known by the names of files alone."""

import pytest

from maskwright_plugin.setup.outdated import is_outdated
from maskwright_shared.installation import Installation
from maskwright_shared.places import Places


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
    bundle, places = tmp_path / "bundle", Places(tmp_path, tmp_path / "run")
    (bundle / "backend").mkdir(parents=True)
    (places.environment / place).mkdir(parents=True)
    if carried:
        (bundle / f"backend/maskwright-{carried}-py3-none-any.whl").touch()
    if installed:
        (places.environment / place / f"maskwright-{installed}.dist-info").mkdir()
    assert is_outdated(Installation(places.interpreter, places), bundle) is outdated
    assert not is_outdated(Installation(tmp_path / "python", places), bundle), (
        "that one is not ours to update"
    )
