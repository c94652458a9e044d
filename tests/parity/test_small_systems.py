# SPDX-License-Identifier: GPL-3.0-or-later
"""Real architectures in small, exported and asked through a real daemon, against transformers' own answers."""

from __future__ import annotations

import contextlib

import pytest
from tests.parity.cases import SIZES
from tests.protocol.house import House

pytestmark = [pytest.mark.torch, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]
FEW = (SIZES[1], SIZES[3])
SYSTEMS = {
    "sam2": SIZES,
    "sam2-preconverted": SIZES,
    "sam2-four-masks": FEW,
    "sam": (*FEW, SIZES[4]),
    "hq-sam-three": SIZES[1:],
    "hq-sam-alone": FEW,
}
"""The images that each is asked about: where another system has the same resize rule, few will do."""

ROUNDING = 1e-4
"""A pixel whose logit is so near to the threshold may fall on either side of it."""


def test_every_small_system_has_its_test():
    from tests.parity.small_systems import SMALL_SYSTEMS

    assert set(SYSTEMS) == set(SMALL_SYSTEMS)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_daemon_answers_as_the_reference(tmp_path, monkeypatch, name):
    import torch
    from tests.parity.compare import compare
    from tests.parity.report import row
    from tests.parity.small_systems import build_small

    torch.set_num_threads(1)  # many threads crawl where others want the processors too
    monkeypatch.setenv("MASKWRIGHT_THREADS", "1")
    with contextlib.closing(House(tmp_path)) as house:
        results = compare(build_small(name, house.places.models / name), house, 1, SYSTEMS[name])
    assert {result.size for result in results} == set(SYSTEMS[name])
    told = "\n".join(map(row, results))
    assert all(result.logits <= result.logits_within for result in results), told
    assert all(result.has_its_scores for result in results), told
    assert all(result.has_its_mask or result.margin <= ROUNDING for result in results), told
    assert any(low > 0.05 and high < 0.95 for low, high in (result.covered for result in results)), told
