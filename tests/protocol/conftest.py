# SPDX-License-Identifier: GPL-3.0-or-later
"""Daemons for tests: one that many tests share, and fresh ones for tests that end or starve theirs."""

from __future__ import annotations

import pytest
from tests.protocol import moody_model
from tests.protocol.house import House, quiet


@pytest.fixture(scope="session", autouse=True)
def short_lives():
    """Have daemons end soon by themselves, should the tests be killed before they can end them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASKWRIGHT_IDLE", "60")
        yield


@pytest.fixture(scope="session")
def moody(tmp_path_factory):
    """A folder that holds the model with the settable speed."""
    folder = tmp_path_factory.mktemp("models")
    moody_model.install(folder)
    return folder


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory, moody):
    house = House(tmp_path_factory.mktemp("shared"))
    house.places.home.mkdir(parents=True)
    house.places.models.symlink_to(moody)
    yield house
    house.close()


@pytest.fixture
def house(tmp_path, moody):
    """A house of its own, with no daemon yet."""
    house = House(tmp_path)
    house.places.home.mkdir(parents=True)
    house.places.models.symlink_to(moody)
    yield house
    house.close()


@pytest.fixture
def client(shared_house):
    """A connection to the shared daemon, which has nothing to do before and after the test."""
    with shared_house.connect() as client:
        quiet(client)
        yield client
    with shared_house.connect("afterwards") as other:
        quiet(other)


@pytest.fixture
def another(shared_house, client):
    """A second connection to the same daemon."""
    with shared_house.connect("another") as second:
        yield second
