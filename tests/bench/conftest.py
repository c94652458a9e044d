# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon of its own for the measurements, and its twin that runs the same graphs and nothing else."""

from __future__ import annotations

import pytest
from tests.bench.twin import Twin
from tests.protocol import moody_model
from tests.protocol.house import House


@pytest.fixture(scope="session")
def bench_house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("bench"))
    moody_model.install(house.places.models)
    yield house
    house.close()


@pytest.fixture
def client(bench_house):
    with bench_house.connect("bench") as client:
        yield client


@pytest.fixture(scope="session")
def twin(bench_house):
    twin = Twin(bench_house.places.models)
    yield twin
    twin.close()
