# SPDX-License-Identifier: GPL-3.0-or-later
"""The host contract in every Krita."""

import pytest
from tests.hosts import host_contract
from tests.hosts.krita.conftest import kinds


@kinds("5.1", "5.2", "5.3")
@pytest.mark.parametrize("rule", [rule.__name__ for rule in host_contract.ALL])
def test_contract(krita, rule):
    krita.run("contract:check", rule=rule)
