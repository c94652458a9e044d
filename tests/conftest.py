# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: none of them reports to anybody, and a time limit only ends what hangs."""

import os

import pytest

LOAD = 3
"""So many times as long may a test take on a machine with other work; limits are written for an idle one."""

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

os.environ.setdefault(
    "MASKWRIGHT_PREPARE", "0"
)  # each daemon here has a fresh home, and would cut the same decoders
os.environ.setdefault(
    "MASKWRIGHT_EMBEDDING_DISK", "0"
)  # a daemon's next start must not know what a test encoded


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        limit = item.get_closest_marker("timeout")
        if limit is not None and limit.args:
            item.add_marker(pytest.mark.timeout(LOAD * limit.args[0]), append=False)
