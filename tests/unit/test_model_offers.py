# SPDX-License-Identifier: GPL-3.0-or-later
"""The models as an editor offers them: only those that can be used, with figures only where something was measured."""

import pytest

from maskwright_plugin.model_offers import Offer, duration, offers
from maskwright_shared.messages import Models


def reply(*models):
    return Models("a", models)


def test_damaged_and_absent_models_are_not_offered():
    states = ("installed", "loaded", "broken", "available", "to be exported")
    found = offers(reply(*({"id": state, "name": state.title(), "state": state} for state in states)))
    assert [offer.id for offer in found] == ["installed", "loaded"]


def test_figures_are_shown_where_the_model_ran():
    measured = {"encoder_ms": 1100.0, "click_ms": 24}
    found = offers(
        reply({"id": "a", "name": "Tiny", "licence": "MIT", "state": "loaded", "measured": measured})
    )
    assert found == [Offer("a", "Tiny", "MIT", 1.1, 0.024)]
    assert found[0].label == "Tiny (1.1 s + 24 ms)"


@pytest.mark.parametrize(
    "measured",
    [None, {}, {"encoder_ms": 3}, {"encoder_ms": "3", "click_ms": True}, {"encoder_ms": -1, "click_ms": 1}],
)
def test_a_model_without_figures_is_its_name(measured):
    (offer,) = offers(reply({"id": "a", "state": "installed", "measured": measured}))
    assert offer.label == "a"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.0237, "24 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
    ],
)
def test_a_duration_for_people(seconds, text):
    assert duration(seconds) == text
