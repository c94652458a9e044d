# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host contract on the real GIMP, the same functions that the fake is held to."""

import pytest
from tests.hosts import host_contract

pytestmark = [pytest.mark.gimp, pytest.mark.timeout(120)]


@pytest.mark.parametrize("name", [function.__name__ for function in host_contract.ALL])
def test_contract(desktop, name):
    desktop.run("contract:run", name=name)
