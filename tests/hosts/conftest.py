# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in real editors share: a missing editor is a skip, or a failure where it must be there."""

import os

import pytest
from tests.hosts import roots
from tests.hosts.prepare import needed, prepare


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


def pytest_collection_finish(session):
    """Make what is slow before the first test, where no time limit runs."""
    if session.config.option.collectonly:
        return
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    items = [(item.path.as_posix(), _parameters(item)) for item in session.items]
    prepare(*needed(items), lambda line: terminal.write_line(f"before the tests: {line}"))


def _parameters(item):
    return item.callspec.params.values() if hasattr(item, "callspec") else ()
