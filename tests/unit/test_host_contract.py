# SPDX-License-Identifier: GPL-3.0-or-later
"""The host contract on the fake host, so that the fake and the real editors are held to the same rules."""

import pytest
from tests.fakes.fake_host import FakeEditor
from tests.hosts import host_contract


@pytest.mark.parametrize("rule", host_contract.ALL, ids=lambda rule: rule.__name__)
def test_contract(rule):
    host_contract.drive(rule(FakeEditor()))
