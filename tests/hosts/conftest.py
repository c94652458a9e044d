# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in real editors share: a missing editor is a skip, or a failure where it must be there."""

import os

import pytest
from tests.hosts import roots


def missing(reason):
    """Skip because an editor is not there; with MASKWRIGHT_REQUIRE_HOSTS=1 that is a failure."""
    if os.environ.get("MASKWRIGHT_REQUIRE_HOSTS") == "1":
        pytest.fail(f"MASKWRIGHT_REQUIRE_HOSTS is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def debian(release):
    """Return the root folder of a Debian release, or skip."""
    try:
        return roots.root(release)
    except roots.NoRoot as error:
        missing(str(error))
